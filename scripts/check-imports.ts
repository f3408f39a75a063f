import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

/** What runs wherever there is SQLite: the statements as values, and what they are made of. */
const portableSql = [
  "db/columns.ts",
  "db/tables.ts",
  "db/table-list.ts",
  "db/engines/engine.ts",
  "db/engines/search-pattern.ts",
  "db/engines/sqlite/statement.ts",
  "db/engines/sqlite/rows.ts",
  "db/engines/sqlite/commit.ts",
  "db/engines/sqlite/dialect.ts",
];
/** What a backup is made of wherever it is written: an object at the edge has no files and no driver. */
const portableBackup = [
  "db/backup/check-row.ts",
  "db/backup/edge-protocol.ts",
  "db/backup/format.ts",
  "db/backup/sqlite-rows.ts",
  "db/occupancy.ts",
];
const queryBuilder = ["drizzle-orm", "drizzle-orm/pg-core", "drizzle-orm/sqlite-core"];

/**
 * Which files may import which, as path prefixes from the root of the repository. The first rule whose `from` matches a
 * file counts. Packages are restricted too: a layer without I/O names the few it may use; one that ends with a slash or
 * a colon stands for everything below it. Layers that run on any runtime import nothing of one but `node:crypto`; that
 * they name none of its globals either is a rule of `biome.json`, and `check-edge.ts` looks into whatever reaches the
 * worker of the edge.
 */
const rules: { from: string; to: string[]; packages: string[] | "any" }[] = [
  { from: "src/domain/", to: ["src/domain/"], packages: ["dequal"] },
  { from: "src/ports/", to: ["src/ports/", "src/domain/"], packages: [] },
  { from: "src/operations/", to: ["src/operations/", "src/ports/", "src/domain/"], packages: [] },
  { from: "src/lib/", to: ["src/lib/"], packages: ["zod"] },
  {
    from: "src/http/",
    to: [
      "src/http/",
      "src/operations/",
      "src/ports/",
      "src/domain/",
      "src/lib/",
      "src/process/version.ts",
      "src/process/origins.ts",
      "src/realtime/asyncapi.ts",
    ],
    packages: ["hono", "hono/", "@hono/", "zod", "node:crypto"],
  },
  {
    from: "src/realtime/",
    to: [
      "src/realtime/",
      "src/operations/",
      "src/ports/",
      "src/domain/",
      "src/lib/",
      "src/process/connect-redis.ts",
      "src/process/origins.ts",
    ],
    packages: ["zod", "ioredis"],
  },
  {
    from: "src/security/",
    to: ["src/security/", "src/ports/", "src/domain/"],
    packages: ["hono/jwt", "zod", "async-mutex", "lru-cache", "node:crypto"],
  },
  {
    from: "src/limits/",
    to: ["src/limits/", "src/ports/", "src/domain/"],
    packages: ["rate-limiter-flexible", "ioredis"],
  },
  { from: "src/mail/smtp.ts", to: ["src/mail/", "src/ports/", "src/domain/"], packages: ["nodemailer"] },
  {
    from: "src/mail/",
    to: ["src/mail/", "src/ports/", "src/domain/"],
    packages: ["hono/html", "ical-generator"],
  },
  {
    from: "src/cache/",
    to: ["src/cache/", "src/lib/", "src/ports/", "src/domain/"],
    packages: ["lru-cache"],
  },
  {
    from: "src/telemetry/",
    to: ["src/telemetry/", "src/lib/", "src/ports/", "src/domain/", "src/process/version.ts"],
    packages: ["prom-client", "@opentelemetry/", "node:perf_hooks"],
  },
  {
    from: "worker/processors/",
    to: ["worker/", "src/lib/", "src/operations/", "src/ports/", "src/domain/"],
    packages: ["node:crypto"],
  },
  {
    from: "worker/",
    to: [
      "worker/",
      "src/process/connect-redis.ts",
      "src/lib/",
      "src/operations/",
      "src/ports/",
      "src/domain/",
    ],
    packages: ["zod", "bullmq", "ioredis", "@bull-board/", "hono", "hono/", "node:"],
  },
  {
    from: "db/store/",
    to: ["db/store/", ...portableSql, "src/lib/", "src/ports/", "src/domain/"],
    packages: [...queryBuilder, "lru-cache", "node:crypto"],
  },
  ...portableSql.map((file) => ({
    from: file,
    to: [...portableSql, "src/lib/", "src/ports/", "src/domain/"],
    packages: queryBuilder,
  })),
  ...portableBackup.map((file) => ({
    from: file,
    to: [...portableBackup, ...portableSql],
    packages: [...queryBuilder, "zod"],
  })),
  {
    from: "db/",
    to: ["db/", "src/lib/", "src/ports/", "src/domain/"],
    packages: [
      "drizzle-orm",
      "drizzle-orm/",
      "postgres",
      "bun:sqlite",
      "async-mutex",
      "lru-cache",
      "zod",
      "node:",
    ],
  },
  { from: "src/commands/", to: ["src/", "db/", "worker/"], packages: "any" },
  {
    from: "src/assemble-context.ts",
    to: ["src/domain/", "src/ports/", "src/operations/", "src/security/"],
    packages: ["node:crypto"],
  },
  {
    from: "src/edge/",
    to: ["src/", "db/", "worker/"],
    packages: ["cloudflare:workers", "@phi-ag/argon2/", "lru-cache", "uuid", "zod", "node:crypto"],
  },
  { from: "src/compose.ts", to: ["src/", "db/", "worker/"], packages: "any" },
  { from: "src/doctor/", to: ["src/", "db/", "worker/queues/redis-settings.ts"], packages: "any" },
  { from: "src/process/database-fault.ts", to: ["src/", "db/"], packages: "any" },
  { from: "src/process/lock-database.ts", to: ["src/", "db/"], packages: "any" },
  { from: "src/process/version.ts", to: ["package.json"], packages: [] },
  { from: "src/", to: ["src/"], packages: "any" },
];

const faults: string[] = [];
for await (const file of new Glob("{src,worker,db}/**/*.ts").scan(".")) {
  const text = await Bun.file(file).text();
  if (text.includes("process.env") && file !== "src/main.ts")
    faults.push(`${file} reads process.env; only src/main.ts may`);
  const rule = rules.find(({ from }) => file.startsWith(from));
  if (!rule) continue;
  for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"\s]+)"/g)) {
    if (!isAllowed(rule, file, specifier)) faults.push(`${file} must not import ${specifier}`);
  }
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);

function isAllowed(rule: (typeof rules)[number], file: string, specifier: string): boolean {
  if (!specifier.startsWith(".")) {
    return (
      rule.packages === "any" ||
      rule.packages.some((name) => specifier === name || (/[/:]$/.test(name) && specifier.startsWith(name)))
    );
  }
  const target = normalize(join(dirname(file), specifier));
  return rule.to.some((prefix) => target.startsWith(prefix));
}
