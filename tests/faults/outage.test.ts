import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import { callAs, signUp } from "../support/client.ts";
import { startCluster } from "../support/cluster.ts";
import { createDatabase, describeOnPostgres } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { run, sharedSecrets, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { createWorld } from "./world.ts";

const awayMs = sized("OUTAGE_SECONDS", 3) * 1000;
const minutes = 60_000;

type Answered = { at: number; status: number; retryAfter: string | null; text: string };

/** Asks again and again, to read and to write; keeps every answer. */
async function keepAsking(call: ReturnType<typeof callAs>, goesOn: () => boolean): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let hour = 0; goesOn(); hour++) {
    const startTime = new Date(Date.UTC(2030, 0, 1, hour)).toISOString();
    const endTime = new Date(Date.UTC(2030, 0, 1, hour + 1)).toISOString();
    for (const asked of [
      call("GET", "/api/bookings?limit=1"),
      call("POST", "/api/bookings", { title: "Steady", startTime, endTime }),
    ]) {
      const { status, headers, text } = await asked;
      answers.push({ at: performance.now(), status, retryAfter: headers.get("Retry-After"), text });
    }
    await Bun.sleep(25);
  }
  return answers;
}

/** Answers that tell of an outage in another way than they should. */
function wrong(answers: Answered[]): Answered[] {
  return answers.filter(
    ({ status, retryAfter }) => status >= 500 && !(status === 503 && Number(retryAfter) > 0),
  );
}

describeOnPostgres("with the database away", () => {
  test(
    "every answer is 503 with a time to come back, and all is well soon after it is there again (G16)",
    async () => {
      const cluster = await startCluster();
      const world = await createWorld("postgres", { capacities: [], people: 1, server: cluster.url });
      const server = await world.serve();
      const call = callAs((path, init) => fetch(`${server.url}${path}`, init), world.people[0]?.token);
      let asking = true;
      const answers = keepAsking(call, () => asking);
      await Bun.sleep(500);
      await cluster.kill();
      const wentAt = performance.now();
      await Bun.sleep(awayMs);
      const health = await fetch(`${server.url}/health`);
      const ready = await fetch(`${server.url}/health/ready`);
      const live = await fetch(`${server.url}/health/live`);
      await cluster.start();
      const backAt = performance.now();
      await Bun.sleep(3_000);
      asking = false;
      const all = await answers;
      expect([health.status, ready.status, live.status]).toEqual([503, 503, 200]);
      expect(wrong(all)).toEqual([]);
      expect(all.filter(({ status }) => status === 503).length).toBeGreaterThan(10);
      const whileAway = all.filter(({ at }) => at > wentAt + 100 && at < wentAt + awayMs);
      expect(whileAway.filter(({ status }) => status < 500)).toEqual([]);
      const later = all.filter(({ at }) => at > backAt + 2_000);
      expect(later.length).toBeGreaterThan(10);
      expect(later.filter(({ status }) => status >= 500)).toEqual([]);
      measured("G16", `Postgres away ${awayMs / 1000} s: only 503 with Retry-After, well within 2 s after`);
      await stopServer(server);
      await cluster.stop();
    },
    3 * minutes,
  );
});

describeOnPostgres("with the event log out of reach, and all else in reach", () => {
  test("signed-in requests get 503 after five seconds, and are served again when it is back", async () => {
    const world = await createWorld("postgres", { capacities: [], people: 1 });
    const server = await world.serve();
    const call = callAs((path, init) => fetch(`${server.url}${path}`, init), world.people[0]?.token);
    const list = () => call("GET", "/api/bookings");
    const until = async (status: number) => {
      while ((await list()).status !== status) await Bun.sleep(50);
    };
    await until(200);
    const locker = postgres(world.database.url, { max: 1, onnotice: () => {} });
    await locker.unsafe("begin");
    await locker.unsafe("lock table events in access exclusive mode");
    await until(503);
    expect(Number((await list()).headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
    await locker.unsafe("rollback");
    await until(200);
    await locker.end({ timeout: 1 });
    await stopServer(server);
    await world.database.drop();
  }, 60_000);
});

describeOnPostgres("a prepared transaction that has written events, after a restart of Postgres", () => {
  test("is named to callers, in /health, in the log and at a start, until it ends", async () => {
    const cluster = await startCluster(["max_prepared_transactions=2"]);
    const world = await createWorld("postgres", { capacities: [], people: 1, server: cluster.url });
    const server = await world.serve({ LOG_LEVEL: "error" });
    const call = callAs((path, init) => fetch(`${server.url}${path}`, init), world.people[0]?.token);
    const book = (hour: number) =>
      call("POST", "/api/bookings", {
        title: "B",
        startTime: new Date(Date.UTC(2030, 0, 1, hour)).toISOString(),
        endTime: new Date(Date.UTC(2030, 0, 1, hour + 1)).toISOString(),
      });
    expect((await book(0)).status).toBe(201);
    const database = async () => (await call("GET", "/health")).body.checks.database;
    const stranger = () => postgres(world.database.url, { max: 1, onnotice: () => {} });
    const preparing = stranger();
    await preparing.unsafe("begin");
    await preparing.unsafe(`insert into events (id, organization_id, subject_type, subject_id, type, data, time)
      select gen_random_uuid(), organization_id, 'booking', gen_random_uuid(), 'booking.updated', '{}', now()
      from events limit 1`);
    await preparing.unsafe("prepare transaction 'forgotten'");
    await preparing.end({ timeout: 1 });
    await cluster.kill();
    await cluster.start();

    let refused = await book(1);
    while (!refused.body.detail.includes("prepared")) refused = await book(1);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "2"]);
    expect(refused.body.detail).toContain("A prepared transaction holds the event log");
    const named = { status: "degraded", reason: expect.stringContaining("A prepared transaction") };
    expect(await database()).toMatchObject(named);
    await Bun.sleep(1_100);
    expect(await database()).toMatchObject(named);
    expect(server.output()).toContain('"detail":"A prepared transaction holds the event log');
    const env = { DATABASE_URL: world.database.url, PORT: "0" };
    const { code, output } = await run(["serve"], { env });
    expect([code, output]).toEqual([1, expect.stringMatching(/^A prepared transaction at .* doctor/)]);

    const ending = stranger();
    await ending.unsafe("rollback prepared 'forgotten'");
    await ending.end({ timeout: 1 });
    while ((await database()).status !== "ok") await Bun.sleep(50);
    expect((await book(2)).status).toBe(201);
    await stopServer(server);
    await cluster.stop();
  }, 120_000);
});

describe("an outage", () => {
  const harness = useHarness("sqlite");
  test("that is told as a fault of ours is found out (G16, mutant)", async () => {
    const { store } = harness().context;
    const person = await addPerson(harness());
    const list = () => Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
    const { app } = withContext(harness(), { store: { ...store, bookings: { ...store.bookings, list } } });
    const call = callAs((path, init) => app.request(path, init), person.token);
    let left = 2;
    expect(wrong(await keepAsking(call, () => left-- > 0)).length).toBeGreaterThan(0);
  });
});

describeOnOwnRedis("with Redis away", () => {
  test(
    "bookings succeed, limits hold, reminders come, and nothing answers 5xx; then all is as before (G16)",
    async () => {
      const redis = await startRedis();
      const database = await createDatabase("postgres");
      const shared = { ...sharedSecrets, DATABASE_URL: database.url, REDIS_URL: redis.url };
      const env = { ...shared, RATE_LIMIT_SCALE: "1" };
      const [server, worker] = [await startServer({ env }), await startWorkerProcess({ env: shared })];
      const health = async () =>
        ((await (await fetch(`${server.url}/health`)).json()) as { status: string }).status;
      const { call, open, email } = await signUp(server.url);
      while ((await health()) !== "ok") await Bun.sleep(50);
      await redis.kill();
      const until = Date.now() + awayMs;
      const start = Date.now() + 2_500;
      const made = await call("POST", "/api/bookings", {
        title: "Soon",
        startTime: new Date(start).toISOString(),
        endTime: new Date(start + 3_600_000).toISOString(),
        reminders: [{ minutesBefore: 0, channel: "websocket" }],
      });
      expect(made.status).toBe(201);
      const guesses = [];
      for (let n = 0; n < 12; n++)
        guesses.push((await open("POST", "/api/auth/login", { email, password: `wrong-${n}` })).status);
      expect(new Set(guesses)).toEqual(new Set([401, 429]));
      const asked = await keepAsking(call, () => Date.now() < until);
      expect(asked.filter(({ status }) => status >= 500)).toEqual([]);
      expect(asked.filter(({ status }) => status === 201).length).toBeGreaterThan(5);
      expect(await health()).toBe("degraded");
      measured("G16", `Redis away ${awayMs / 1000} s: ${asked.length} requests, no 5xx; limits held`);
      // The limits hold for who has asked all the while: then there is no list.
      const reminder = async () =>
        (await call("GET", `/api/bookings/${made.body.id}/reminders`)).body.data?.[0].status;
      while ((await reminder()) !== "sent") await Bun.sleep(100);
      await redis.start();
      while ((await health()) !== "ok") await Bun.sleep(100);
      await Promise.all([server, worker].map(stopServer));
      await redis.stop();
      await database.drop();
    },
    3 * minutes,
  );
});
