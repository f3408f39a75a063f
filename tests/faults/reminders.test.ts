import { expect, test } from "bun:test";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { pino } from "pino";
import { openStore } from "../../db/open.ts";
import { createApp } from "../../src/http/app.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { bunRuntime } from "../../src/process/bun-runtime.ts";
import { jobFor } from "../../worker/queues/job.ts";
import { callAs } from "../support/client.ts";
import { onEachEngine, runSql } from "../support/databases.ts";
import { testContext } from "../support/harness.ts";
import { openBroker, startInProcessWorker, withTasks } from "../support/in-process-worker.ts";
import { measured, sized } from "../support/measured.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { type Server, sharedSecrets, startWorkerProcess, stopServer } from "../support/server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";
import { differsFromLog } from "./invariants.ts";
import { createWorld, type World } from "./world.ts";

const minute = 60_000;
const log = pino({ level: "silent" });
/** A worker sends at most so many at once (worker/queues): a kill may repeat as many, where no key is honoured. */
const atOnce = 50 + 20;

/** Books on shared rooms, each reminded at its start; `spread` is the time over which they start. */
async function book(world: World, server: Server, count: number, from: number, spreadMs: number) {
  const made: { id: string; startTime: string; call: ReturnType<typeof callAs> }[] = [];
  const one = async (n: number) => {
    const person = world.people[n % world.people.length];
    const call = callAs((path, init) => fetch(`${server.url}${path}`, init), person?.token);
    const startTime = new Date(from + Math.floor((n * spreadMs) / count)).toISOString();
    const { status, body } = await call("POST", "/api/bookings", {
      title: `Booking ${n}`,
      resourceId: world.rooms[n % world.rooms.length],
      startTime,
      endTime: new Date(Date.parse(startTime) + 3_600_000).toISOString(),
      reminders: [{ minutesBefore: 0, channel: n % 2 ? "email" : "websocket" }],
    });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    made.push({ id: body.id, startTime, call });
  };
  const next = { n: 0 };
  const client = async () => {
    while (next.n < count) await one(next.n++);
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return made;
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

async function countByState(url: string): Promise<Record<string, number>> {
  const rows = await runSql(url, "select state, count(*) as n from tasks group by state");
  return Object.fromEntries(rows.map(({ state, n }) => [String(state), Number(n)]));
}

async function untilNoneIsOpen(url: string, withinMs: number): Promise<Record<string, number>> {
  for (const until = Date.now() + withinMs; ; await Bun.sleep(250)) {
    const counts = await countByState(url);
    if ((!counts.scheduled && !counts.leased) || Date.now() > until) return counts;
  }
}

describeOnOwnRedis("reminders while workers and Redis are killed", () => {
  test(
    "all arrive (G8), each once in the log, and at a mail server once by its key (G9)",
    async () => {
      const count = sized("REMINDERS", 250);
      const spreadMs = sized("REMINDER_SECONDS", 12) * 1000;
      const redis = await startRedis();
      const sink = await startSmtpSink({ parse: false });
      const world = await createWorld("postgres", { capacities: [10_000, 10_000] });
      const env = {
        ...sharedSecrets,
        DATABASE_URL: world.database.url,
        REDIS_URL: redis.url,
        SMTP_URL: sink.url,
      };
      const server = await world.serve(env);
      let workers = await Promise.all([1, 2].map(() => startWorkerProcess({ env })));
      const ahead = 4_000 + count * 4;
      await book(world, server, count, Date.now() + ahead, spreadMs);
      let kills = 0;
      const over = Date.now() + ahead + spreadMs;
      while (Date.now() < over || kills < 3) {
        await Bun.sleep(2_500);
        const [victim, other] = workers as [Server, Server];
        victim.kill("SIGKILL");
        await victim.exited;
        kills += 1;
        if (kills % 3 === 1) await flush(redis.url);
        if (kills % 3 === 2)
          await redis
            .kill()
            .then(() => Bun.sleep(500))
            .then(redis.start);
        workers = [other, await startWorkerProcess({ env })];
      }
      const counts = await untilNoneIsOpen(world.database.url, minute);
      expect(counts).toEqual({ done: count });
      const told = await runSql(
        world.database.url,
        "select count(*) as n, count(distinct id) as ids from events where type = 'booking.reminder'",
      );
      expect([Number(told[0]?.n), Number(told[0]?.ids)]).toEqual([count, count]);
      expect(await differsFromLog(world.database.url)).toEqual([]);
      const mails = count / 2;
      expect(new Set(sink.messageIds).size).toBe(mails);
      expect(sink.messageIds.length - mails).toBeLessThanOrEqual(kills * atOnce);
      measured(
        "G8",
        `${count} due within ${spreadMs / 1000} s, ${kills} kills, Redis flushed and killed: 0 lost`,
      );
      measured("G9", `each once in the log; ${sink.messageIds.length - mails} raw repeats, 0 by key`);
      await Promise.all([server, ...workers].map(stopServer));
      await Promise.all([redis.stop(), sink.stop()]);
      await world.database.drop();
    },
    10 * minute,
  );

  /** An API without a worker, and a worker of this process whose ledger a test may break. */
  const withParts = async (
    work: (parts: { world: World; server: Server; store: Store; redis: Redis; url: string }) => Promise<void>,
  ) => {
    const own = await startRedis();
    const world = await createWorld("postgres", { capacities: [10_000] });
    const server = await world.serve({ REDIS_URL: own.url });
    const store = await openStore(world.database.url, { pool: 5 });
    const redis = new Redis(own.url);
    await work({ world, server, store, redis, url: own.url });
    redis.disconnect();
    await store.close();
    await stopServer(server);
    await own.stop();
    await world.database.drop();
  };

  test("without the sweep they are lost when Redis is flushed (G8, mutant)", () =>
    withParts(async ({ world, server, store, redis, url }) => {
      const mutant = withTasks(store, () => ({ toQueue: async () => [] }));
      const broker = await openBroker(mutant, { redisUrl: url });
      const worker = startInProcessWorker(mutant, broker);
      await book(world, server, 10, Date.now() + 1_500, 100);
      await redis.flushall();
      expect(await untilNoneIsOpen(world.database.url, 6_000)).toEqual({ scheduled: 10 });
      await worker.stop();
      await broker.close();
    }));

  /** Two workers, and a queue that tells every reminder twice: how many messages went out, and of how many reminders. */
  const tellTwice = async (takesWhatOthersHave: boolean) => {
    let found = { messages: 0, reminders: 0 };
    await withParts(async ({ world, server, store, url }) => {
      const { url: database } = world.database;
      const mutation = withTasks(store, (tasks) => ({
        lease: async (kind, ids, lease) => {
          const release = "update tasks set attempt_at = due_at where state = 'leased'";
          if (takesWhatOthersHave) await runSql(database, release);
          return tasks.lease(kind, ids, lease);
        },
      }));
      const brokers = await Promise.all([1, 2].map(() => openBroker(mutation, { redisUrl: url })));
      const workers = brokers.map((broker) => startInProcessWorker(mutation, broker, { sendMs: 300 }));
      await book(world, server, 20, Date.now() + 3_000, 100);
      const planned = await runSql(database, "select id, due_at from tasks");
      const prefix = `{booking:${await store.settingOnce("INSTALLATION_ID", "")}}`;
      const queue = new Queue("websocket-reminder", { connection: { url }, prefix });
      // The second word comes while the first one is being sent.
      const meanwhile = (due: unknown) => new Date((due as Date).getTime() + 100);
      const told = planned.map(({ id, due_at }) => ({
        id: String(id),
        attempts: 0,
        attemptAt: meanwhile(due_at),
      }));
      await queue.addBulk(told.map((reminder) => jobFor(reminder, new Date(), 1)));
      await untilNoneIsOpen(database, 8_000);
      const sent = workers.flatMap((worker) => worker.sent.map(({ id }) => id));
      found = { messages: sent.length, reminders: new Set(sent).size };
      await queue.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(brokers.map((broker) => broker.close()));
    });
    return found;
  };

  test("told twice by the queue they are sent once (G9)", async () => {
    expect(await tellTwice(false)).toEqual({ messages: 20, reminders: 20 });
  });

  test("with a claim that takes what others have they are sent twice (G9, mutant)", async () => {
    const { messages, reminders } = await tellTwice(true);
    expect(messages).toBeGreaterThan(reminders);
  });
});

onEachEngine("a move or a cancel in the last second before the time", (engine) => {
  type Claimed = Map<string, number>;

  /** Counts what was sent although it was cancelled or moved, and that acknowledged, before its claim began. */
  const sentAgainstOrders = async (breakStore: (store: Store) => Store) => {
    const world = await createWorld(engine, { capacities: [10_000] });
    const store = await openStore(world.database.url, { pool: 8 });
    const claimed: Claimed = new Map();
    const watched = withTasks(store, (tasks) => ({
      leaseDue: async (kind, limit, lease) => {
        const began = performance.now();
        const rows = await tasks.leaseDue(kind, limit, lease);
        for (const { id } of rows) claimed.set(id, began);
        return rows;
      },
    }));
    const context = testContext(breakStore(watched), systemClock);
    const broker = await openBroker(watched);
    const worker = startInProcessWorker(watched, broker);
    const app = createApp(context, { log, jobs: broker, channelsOn: ["websocket"], runtime: bunRuntime });
    const ordered = new Map<string, number>();
    const one = async (n: number) => {
      const person = world.people[n % world.people.length];
      const call = callAs((path, init) => app.request(path, init), person?.token);
      const start = Date.now() + 1_300 + n * 10;
      const body = {
        title: "B",
        resourceId: world.rooms[0],
        startTime: new Date(start).toISOString(),
        endTime: new Date(start + 60_000).toISOString(),
        reminders: [{ minutesBefore: 0, channel: "websocket" }],
      };
      const { body: booking } = await call("POST", "/api/bookings", body);
      const { body: reminders } = await call("GET", `/api/bookings/${booking.id}/reminders`);
      // From a second before down to the last millisecond, and a little after.
      await Bun.sleep(Math.max(0, start - Date.now() - 1_000 * 2 ** -(n % 12) + 1));
      const answer = await (n % 2
        ? call("DELETE", `/api/bookings/${booking.id}`)
        : call("PATCH", `/api/bookings/${booking.id}`, {
            startTime: new Date(start + 30_000).toISOString(),
          }));
      if (answer.status < 300) ordered.set(reminders.data[0].id, performance.now());
    };
    await Promise.all(Array.from({ length: 120 }, (_, n) => one(n)));
    await Bun.sleep(1_000);
    await worker.stop();
    const wrong = worker.sent.filter(({ id }) => {
      const [orderedAt, claimedAt] = [ordered.get(id), claimed.get(id)];
      return orderedAt !== undefined && claimedAt !== undefined && orderedAt < claimedAt;
    });
    await store.close();
    await world.database.drop();
    return { ordered: ordered.size, sent: worker.sent.length, wrong: wrong.length };
  };

  test(
    "is obeyed when it was acknowledged before the claim (G10)",
    async () => {
      const found = await sentAgainstOrders((store) => store);
      expect(found).toMatchObject({ ordered: 120, wrong: 0 });
    },
    minute,
  );

  test(
    "is not, when the change does not void what was planned (G10, mutant)",
    async () => {
      const { wrong } = await sentAgainstOrders((store) => ({
        ...store,
        commit: ({ voidTasks: _, ...change }) => store.commit(change),
      }));
      expect(wrong).toBeGreaterThan(0);
    },
    minute,
  );
});
