import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { chromiumPath } from "./support/browser.ts";
import { startCluster } from "./support/cluster.ts";
import { nginxPath } from "./support/nginx.ts";
import { answersPing, startRedis } from "./support/redis-server.ts";

/**
 * Runs the tests with the services they need: Postgres at TEST_DATABASE_URL and Redis at TEST_REDIS_URL, or at the
 * standard local ports, else some of its own (Redis from a `redis-server` on the PATH). What can't be had is skipped by name; with CI=true that is a failure.
 * Arguments go to `bun test`. The last line is `N passed, N failed`.
 */
const standardUrl = "postgres://postgres@127.0.0.1:5432/postgres";

async function isReachable(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, connect_timeout: 3, onnotice: () => {} });
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function findPostgres(): Promise<{ url: string | null; stop: () => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  for (const url of given ? [given] : [standardUrl]) {
    if (await isReachable(url)) return { url, stop: async () => {} };
  }
  if (given) console.error("TEST_DATABASE_URL can't be reached; starting a Postgres for this run.");
  try {
    return await startCluster();
  } catch (error) {
    console.error(
      `No Postgres, and none could be started: ${error instanceof Error ? error.message : error}`,
    );
    return { url: null, stop: async () => {} };
  }
}

async function findRedis(): Promise<{ url: string | null; stop: () => Promise<void> }> {
  const url = process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379";
  if (await answersPing(url)) return { url, stop: async () => {} };
  return startRedis().catch(() => ({ url: null, stop: async () => {} }));
}

function counts(report: string): { passed: number; failed: number; skipped: number } {
  const total = (name: string) =>
    Number(report.match(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`))?.[1] ?? 0);
  const [tests, failed, skipped] = [total("tests"), total("failures"), total("skipped")];
  return { passed: tests - failed - skipped, failed, skipped };
}

const [service, redis] = await Promise.all([findPostgres(), findRedis()]);
const folder = mkdtempSync(join(tmpdir(), "booking-report-"));
const report = join(folder, "junit.xml");
const child = Bun.spawn(
  [
    process.execPath,
    "test",
    "--timeout=30000",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...process.argv.slice(2),
  ],
  {
    env: {
      ...process.env,
      ...(service.url ? { TEST_DATABASE_URL: service.url } : {}),
      ...(redis.url ? { TEST_REDIS_URL: redis.url } : {}),
    },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  },
);
const code = await child.exited;
await Promise.all([service.stop(), redis.stop()]);

const { passed, failed, skipped } = counts(readFileSync(report, { encoding: "utf8" }));
rmSync(folder, { recursive: true, force: true });
const strict = process.env.CI === "true" && skipped > 0;
if (!service.url) console.log("Skipped for want of a Postgres: every test that says so in its name.");
if (!redis.url) console.log("Skipped for want of a Redis: every test that says so in its name.");
if (!nginxPath) console.log("Skipped for want of nginx: every test that says so in its name.");
if (!Bun.which("promtool"))
  console.log("Skipped for want of promtool (package prometheus): whether the alerts fire.");
if (!Bun.which("node")) console.log("Skipped for want of Node: whether the core runs on it.");
if (!chromiumPath) console.log("Skipped for want of Chromium: Swagger UI in a browser.");
if (strict) console.log("With CI=true nothing may be skipped.");
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(code !== 0 || strict || passed === 0 ? 1 : 0);
