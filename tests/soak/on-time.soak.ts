import { expect, test } from "bun:test";
import postgres from "postgres";
import { createWorld } from "../faults/world.ts";
import { measured } from "../support/measured.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { sharedSecrets, startWorkerProcess, stopServer } from "../support/server.ts";

const count = 5_000;
const spreadMs = 60_000;

describeOnOwnRedis("5,000 reminders in one minute (G11)", () => {
  test("are late by 2 s at most at p99, and by 20 s while Redis is down", async () => {
    const redis = await startRedis();
    const world = await createWorld("postgres", { capacities: [10_000] });
    const [owner] = world.people as [(typeof world.people)[number]];
    const env = { ...sharedSecrets, DATABASE_URL: world.database.url, REDIS_URL: redis.url };
    const worker = await startWorkerProcess({ env });
    const sql = postgres(world.database.url, { max: 1, onnotice: () => {} });

    /** The 99th percentile of lateness, in milliseconds, once all have been sent. */
    const latenessMs = async () => {
      const from = new Date(Date.now() + 15_000);
      await sql`
        with made as (
          insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status,
            quantity, attendees, metadata, reminders, version, created_at, updated_at)
          select gen_random_uuid(), ${owner.organizationId}, ${owner.id}, ${owner.calendarId}, 'Booking', at,
            at + interval '1 hour', 'confirmed', 1, '[]', '{}', '[]', 1, now(), now()
          from (select ${from}::timestamptz + n * ${spreadMs / count} * interval '1 millisecond' as at
            from generate_series(1, ${count}) as n) as times
          returning id, organization_id, start_time
        )
        insert into tasks (id, organization_id, kind, subject_id, key, state, due_at, attempts, attempt_at, data,
      created_at, updated_at)
        select gen_random_uuid(), organization_id, 'websocket-reminder', id, '1/0', 'scheduled', start_time, 0, start_time,
          '{"minutesBefore": 0, "bookingVersion": 1}', now(), now() from made`;
      while ((await sql`select 1 from tasks where attempt_at is not null limit 1`).length > 0) {
        await Bun.sleep(500);
      }
      const [found] = await sql`
        select count(*) as n, percentile_cont(0.99) within group (
          order by extract(epoch from done_at - due_at) * 1000) as p99
        from tasks where done_at is not null and due_at >= ${from}`;
      expect(Number(found?.n)).toBe(count);
      return Math.round(Number(found?.p99));
    };

    const withRedis = await latenessMs();
    await redis.kill();
    const withoutRedis = await latenessMs();
    measured("G11", `p99 lateness ${withRedis} ms, with Redis down ${withoutRedis} ms`);
    expect(withRedis).toBeLessThanOrEqual(2_000);
    expect(withoutRedis).toBeLessThanOrEqual(20_000);
    await sql.end({ timeout: 5 });
    await stopServer(worker);
    await redis.start();
    await redis.stop();
    await world.database.drop();
  }, 600_000);
});
