import { expect, test } from "bun:test";
import { watchRealtime } from "../../src/telemetry/watch-realtime.ts";
import { as } from "../support/client.ts";
import { describeOnPostgres, onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

onEveryEngine("an instance that can't read the event log for five seconds", (engine) => {
  const harness = useHarness(engine);

  test("refuses signed-in requests with 503, and is not ready; until then it serves", async () => {
    const admin = await addPerson(harness(), "admin");
    const key = (
      await as(harness(), admin)("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] })
    ).body;
    const withKey = { "X-API-Key": key.key };
    for (const [ageMs, status] of [
      [5_000, 200],
      [5_001, 503],
    ] as const) {
      const deaf = withContext(harness(), { logAgeMs: () => ageMs });
      const signedIn = await as(deaf, admin)("GET", "/api/bookings");
      const byKey = await as(deaf)("GET", "/api/bookings", undefined, withKey);
      expect([signedIn.status, byKey.status]).toEqual([status, status]);
      if (status === 503) expect(Number(signedIn.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect((await as(deaf)("GET", "/api/bookings")).status).toBe(401);
      const health = await as(deaf)("GET", "/health");
      expect([health.status, health.body.checks.events.status]).toEqual([
        status,
        status === 200 ? "ok" : "unavailable",
      ]);
      expect((await as(deaf)("GET", "/health/ready")).status).toBe(status);
      expect((await as(deaf)("GET", "/health/live")).status).toBe(200);
    }
  });
});

describeOnPostgres("a transaction left open", () => {
  const harness = useHarness("postgres");

  test("shows in /health and in the age of the tail, with the age of the oldest event that waits", async () => {
    const { context, clock, database } = harness();
    const values = new Map<string, () => number | Promise<number>>();
    const metrics = {
      watch: (name: string, _: string, read: () => number | Promise<number>) => values.set(name, read),
    };
    const realtime = { sockets: () => 0, tailAgeMs: () => 0, watchAgeMs: () => 0 };
    watchRealtime(metrics as never, realtime, context);
    const stranger = new Bun.SQL(database.url, { max: 1 });
    await stranger.unsafe("begin");
    await stranger.unsafe("create temp table t (x int)");
    await addPerson(harness());
    clock.advance(60_000);
    await addPerson(harness());
    clock.advance(7_000);
    const { body } = await as(harness())("GET", "/health");
    expect(body.checks.events).toEqual({ status: "delayed", waitingSeconds: 67 });
    expect(await values.get("booking_tail_age_seconds")?.()).toBe(67);
    expect(await values.get("booking_tail_lag_seconds")?.()).toBe(67);
    expect(await values.get("booking_log_unread_seconds")?.()).toBe(0);
    await stranger.unsafe("rollback");
    await stranger.close();
  });
});
