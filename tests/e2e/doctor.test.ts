import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { migrations } from "../../db/migrations/catalogue.ts";
import { judgeRoom } from "../../src/doctor/check-machine.ts";
import { checkClock } from "../../src/doctor/finding.ts";
import { startCluster } from "../support/cluster.ts";
import { createDatabase, describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { run, startServer, stopServer } from "../support/server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";

type Found = { status: string; check: string; detail: string; remedy?: string };

/** What the doctor finds, and how it ends; on ports that are free. */
async function ask(env: Record<string, string>): Promise<{ code: number; findings: Found[] }> {
  const { code, output } = await run(["doctor", "--json"], { env: { PORT: "0", JOB_PORT: "0", ...env } });
  return { code, findings: JSON.parse(output).findings };
}

/** Asserts that the doctor names this fault, and says what to do about it. */
async function expectFault(env: Record<string, string>, check: string, detail: RegExp, status = "fault") {
  const { code, findings } = await ask(env);
  const bad = findings.filter((finding) => finding.status !== "ok" && finding.check === check);
  expect(bad).toContainEqual({
    status,
    check,
    detail: expect.stringMatching(detail),
    remedy: expect.any(String),
  });
  for (const { remedy = "" } of bad) expect(remedy.length).toBeGreaterThan(10);
  expect(code).toBe(status === "fault" ? 1 : 0);
}

const onSqlite = (work: (env: Record<string, string>, file: string) => Promise<void>) => async () => {
  const database = await createDatabase("sqlite");
  const file = database.url.slice("sqlite:".length);
  await work({ DATABASE_URL: database.url }, file).finally(() => database.drop());
};

test(
  "a healthy installation has no fault",
  onSqlite(async (env) => {
    const { code, findings } = await ask(env);
    expect([code, findings.filter(({ status }) => status !== "ok")]).toEqual([0, []]);
  }),
);

test("the server of another database on the port is named, and that of this one is fine", () =>
  inEmptyFolder(async (cwd) => {
    const server = await startServer({ cwd });
    const env = { PORT: new URL(server.url).port };
    const check = async (DATABASE_URL: string) => {
      const { output } = await run(["doctor", "--json"], { cwd, env: { ...env, DATABASE_URL } });
      return JSON.parse(output).findings.find((each: Found) => each.check === `port ${env.PORT}`);
    };
    expect(await check("sqlite:./data/booking.db")).toMatchObject({ status: "ok" });
    expect(await check("sqlite:./data/other.db")).toMatchObject({
      status: "fault",
      detail: expect.stringContaining("with another database"),
    });
    await stopServer(server);
  }));

onEachEngine("sums of claims that something else has written", (engine) => {
  test("are named, with what to do", async () => {
    const database = await createDatabase(engine);
    await runSql(
      database.url,
      `insert into occupancy (resource_id, since, taken) values ('${crypto.randomUUID()}', ${engine === "postgres" ? "now()" : 0}, 1)`,
    );
    await expectFault(
      { DATABASE_URL: database.url },
      "occupancy",
      /^The sums of what is taken are wrong: 1 resource /,
    );
    await database.drop();
  });
});

test(
  "a wrong variable, and all the rest is still looked at",
  onSqlite(async (env) => {
    await expectFault({ ...env, JOB_PORT: "high" }, "configuration", /JOB_PORT is not valid/);
    const { findings } = await ask({ ...env, LOG_LEVEL: "loud", NODE_ENV: "production" });
    const faults = findings
      .filter(({ status }) => status === "fault")
      .map(({ detail }) => detail.split(" ")[0]);
    expect(faults).toEqual(["LOG_LEVEL", "JWT_SECRET_KEY", "REFRESH_JWT_SECRET_KEY"]);
    expect(findings.map(({ check }) => check)).toContain("migrations");
  }),
);

test("a database that is not there", () =>
  expectFault(
    { DATABASE_URL: "postgres://postgres@127.0.0.1:1/x" },
    "database",
    /can't be reached at 127.0.0.1:1/,
  ));

test("a file that is no database, or a damaged one", () =>
  inEmptyFolder(async (cwd) => {
    const file = join(cwd, "broken.db");
    writeFileSync(file, "this is a text".repeat(1000), { mode: 0o600 });
    await expectFault(
      { DATABASE_URL: `sqlite:${file}` },
      "database",
      /not a SQLite database, or it is damaged/,
    );
  }));

test(
  "a file that others can read",
  onSqlite(async (env, file) => {
    chmodSync(file, 0o644);
    await expectFault(env, "file mode", /can be read by others/, "warning");
  }),
);

test(
  "migrations that are pending, changed, or of a newer version",
  onSqlite(async (env) => {
    const record = (name: string) =>
      `insert into schema_migrations (name, checksum, breaking, applied_at) values ('${name}', 'x', 0, 0)`;
    await runSql(env.DATABASE_URL ?? "", record("9999_later"));
    await expectFault(env, "migrations", /newer version \(9999_later\)/, "warning");
    await runSql(
      env.DATABASE_URL ?? "",
      "update schema_migrations set checksum = 'x' where name = '0001_core'",
    );
    await expectFault(env, "migrations", /different 0001_core/);
    await expectFault(
      { DATABASE_URL: "sqlite:/nowhere/at/all.db" },
      "migrations",
      new RegExp(`^${migrations.length} migrations? (is|are) pending, starting with 0001_core`),
      "warning",
    );
  }),
);

test(
  "a port that another program has",
  onSqlite(async (env) => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("mine") });
    await expectFault({ ...env, PORT: String(other.port) }, `port ${other.port}`, /Another program uses it/);
    await other.stop(true);
  }),
);

test(
  "a mail server that is away, or that refuses the password",
  onSqlite(async (env) => {
    await expectFault({ ...env, SMTP_URL: "smtp://127.0.0.1:1" }, "mail", /can't be used/);
    const sink = await startSmtpSink();
    expect((await ask({ ...env, SMTP_URL: sink.url })).findings).toContainEqual(
      expect.objectContaining({ check: "mail", status: "ok" }),
    );
    await sink.stop();
  }),
);

test("a disk that is nearly full, and clocks that are apart", () => {
  expect(judgeRoom("/data", 50 * 1024 * 1024)).toMatchObject({ status: "fault", check: "disk" });
  expect(judgeRoom("/data", 500 * 1024 * 1024)).toMatchObject({ status: "warning" });
  const [before, after] = [new Date(100_000), new Date(100_100)];
  const at = (ms: number) => checkClock("database clock", new Date(ms), { before, after });
  expect(at(100_050)).toMatchObject({ status: "ok" });
  expect(at(90_000)).toMatchObject({ status: "fault", detail: "Its clock is 10.0 s behind this machine's." });
  expect(at(130_100)).toMatchObject({
    status: "fault",
    detail: "Its clock is 30.0 s ahead of this machine's.",
  });
});

describeOnPostgres("the doctor", () => {
  test("names an extension that is missing, and tables that were never analyzed", async () => {
    const empty = await createDatabase("postgres", { migrate: false });
    await expectFault({ DATABASE_URL: empty.url }, "extension", /not installed yet/, "warning");
    await empty.drop();
    const grown = await createDatabase("postgres");
    await runSql(
      grown.url,
      "alter table settings set (autovacuum_enabled = off); insert into settings select n, n from generate_series(1, 2000) as n",
    );
    const env = { DATABASE_URL: grown.url };
    await expectFault(env, "statistics", /knows nothing about settings/, "warning");
    await runSql(grown.url, "analyze settings");
    const { findings } = await ask(env);
    expect(findings).toContainEqual(expect.objectContaining({ check: "statistics", status: "ok" }));
    await grown.drop();
  });

  test("names the transaction that keeps the news back, and where it is", async () => {
    const database = await createDatabase("postgres");
    const client = postgres(database.url, { max: 1, connection: { application_name: "a forgotten psql" } });
    await client.unsafe("begin");
    await client`select pg_current_xact_id()`;
    const held = () =>
      ask({ DATABASE_URL: database.url }).then(({ findings }) =>
        findings.find(({ detail }) => detail.includes("a forgotten psql")),
      );
    let found = await held();
    while (!found) found = await held();
    expect(found).toMatchObject({ status: "fault", check: "event horizon" });
    expect(found.remedy).toContain("pg_terminate_backend(");
    await client.end();
    await database.drop();
  }, 40_000);
});

describeOnPostgres("the doctor, asked about a cluster of its own,", () => {
  test("names a prepared transaction, and says when it may not see who holds the news back", async () => {
    const cluster = await startCluster(["max_prepared_transactions=2"]);
    const [ours, theirs] = [
      await createDatabase("postgres", { server: cluster.url }),
      await createDatabase("postgres", { server: cluster.url, migrate: false }),
    ];
    const stranger = postgres(theirs.url, { max: 1, onnotice: () => {} });
    await stranger.unsafe("create table kept (x int)");
    await stranger.unsafe("begin");
    await stranger.unsafe("insert into kept values (1)");
    await stranger.unsafe("prepare transaction 'it''s kept'");
    const faults = async (url: string) =>
      (await ask({ DATABASE_URL: url })).findings.filter(
        ({ check, status }) => check === "event horizon" && status === "fault",
      );
    let found = await faults(ours.url);
    while (found.length === 0) found = await faults(ours.url);
    expect(found[0]?.detail).toContain("prepared as 'it''s kept'");
    expect(found[0]?.remedy).toContain("rollback prepared 'it''s kept'");
    await stranger.unsafe("rollback prepared 'it''s kept'");

    await stranger.unsafe("begin");
    await stranger.unsafe("insert into kept values (1)");
    const id = crypto.randomUUID();
    await runSql(
      ours.url,
      `create role plain login; grant select on all tables in schema public to plain;
       insert into organizations (id, slug, name, demo, created_at) values ('${id}', 'o', 'O', false, now());
       insert into events (id, organization_id, subject_type, subject_id, version, type, data, time)
       values ('${id}', '${id}', 'organization', '${id}', 1, 'organization.created', '{}', now())`,
    );
    const asPlain = new URL(ours.url);
    asPlain.username = "plain";
    found = await faults(asPlain.href);
    while (found.length === 0) found = await faults(asPlain.href);
    expect(found[0]?.detail).toContain("that this user may not see");
    expect(found[0]?.remedy).toContain("pg_read_all_stats");
    await stranger.end({ timeout: 1 });
    await cluster.stop();
  }, 180_000);
});

describeOnOwnRedis("the doctor", () => {
  test("names a Redis that is away, one that drops jobs, and one that forgets", async () => {
    const database = await createDatabase("postgres");
    const redis = await startRedis(["--maxmemory-policy", "allkeys-lru", "--appendonly", "no"]);
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    await expectFault(env, "redis settings", /maxmemory-policy is allkeys-lru/, "warning");
    await expectFault(env, "redis settings", /appendonly is no/, "warning");
    await redis.stop();
    await expectFault(env, "redis", /can't be used/);
    await database.drop();
  });
});
