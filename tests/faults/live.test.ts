import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import { followRooms, type LiveEvent } from "../../clients/typescript/src/live.ts";
import { openPostgres } from "../../db/engines/postgres/open.ts";
import { openStore } from "../../db/open.ts";
import { createStore } from "../../db/store/store.ts";
import { encodeCursor } from "../../src/domain/cursor.ts";
import { startTail } from "../../src/realtime/tail.ts";
import { callAs } from "../support/client.ts";
import { startCluster } from "../support/cluster.ts";
import { describeOnPostgres, onEachEngine } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { measured, sized } from "../support/measured.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { sharedSecrets, startServer, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { openStalledReader } from "../support/stalled-reader.ts";
import { createWorld } from "./world.ts";

const minute = 60_000;
const [sockets, total, kills] = [sized("SOCKETS", 12), sized("EVENTS", 500), sized("KILLS", 2)];

async function until(done: () => boolean, waitMs = 20_000): Promise<void> {
  for (const end = Date.now() + waitMs; !done() && Date.now() < end; ) await Bun.sleep(50);
}

describeOnOwnRedis(
  `${sockets} clients over two instances while Redis and an instance are killed and sockets are cut`,
  () => {
    test(
      "hear each of their events exactly once, in order (G12)",
      async () => {
        const redis = await startRedis();
        const world = await createWorld("postgres", { capacities: [], people: sockets });
        const env = { ...sharedSecrets, DATABASE_URL: world.database.url, REDIS_URL: redis.url };
        const servers = [await startServer({ env }), await startServer({ env })];
        // Both keep their ports, so that clients find them again.
        const ports = servers.map(({ url }) => new URL(url).port);
        const heard = world.people.map(() => [] as LiveEvent[]);
        const stops = world.people.map((person, n) =>
          followRooms({
            baseUrl: `http://localhost:${ports[n % 2]}`,
            token: () => person.token,
            rooms: [{ userId: person.id }],
            onEvent: (event) => void heard[n]?.push(event),
            // From the beginning of the log, so that what happened before the first join counts too.
            after: {
              [`user:${person.id}`]: encodeCursor({
                organizationId: person.organizationId,
                time: new Date(),
                eventId: null,
                position: "0:0:0",
              }),
            },
          }),
        );
        let faultsAreOver = false;
        const writing = Promise.all(
          world.people.map(async (person, n) => {
            for (let hour = 0; !faultsAreOver || hour < Math.ceil(total / sockets); hour++) {
              for (let made = false; !made; ) {
                const start = Date.UTC(2030, 0, 1, hour);
                const call = callAs(
                  (path, init) => fetch(`${servers[(n + hour) % 2]?.url}${path}`, init),
                  person.token,
                );
                made = await call(
                  "POST",
                  "/api/bookings",
                  {
                    title: "B",
                    startTime: new Date(start).toISOString(),
                    endTime: new Date(start + 60_000).toISOString(),
                  },
                  { "Idempotency-Key": `${person.id} ${hour}` },
                ).then(
                  ({ status }) => status === 201,
                  () => false,
                );
                if (!made) await Bun.sleep(50);
              }
            }
          }),
        );
        await Bun.sleep(300);
        for (let n = 0; n < kills; n++) {
          await redis.kill();
          servers[0]?.kill("SIGKILL");
          await servers[0]?.exited;
          servers[0] = await startServer({ env: { ...env, PORT: ports[0] ?? "" } });
          await redis.start();
          await Bun.sleep(200);
        }
        faultsAreOver = true;
        await writing;
        const store = await openStore(world.database.url, { pool: 2 });
        const log = (await wholeLog(store)).filter((event) => event.subjectType === "booking");
        await store.close();
        await until(() => heard.reduce((sum, events) => sum + events.length, 0) >= log.length, minute);
        for (const [n, person] of world.people.entries()) {
          const theirs = log.filter((event) => event.ownerId === person.id).map((event) => event.id);
          expect(heard[n]?.map((event) => event.id)).toEqual(theirs);
        }
        expect(log.length).toBeGreaterThanOrEqual(total);
        measured("G12", `${sockets} sockets, ${log.length} events, ${kills} kills: 0 gaps, 0 repeats`);
        for (const stop of stops) stop();
        await Promise.all(servers.map(stopServer));
        await world.database.drop();
        await redis.stop();
      },
      10 * minute,
    );
  },
);

describeOnPostgres("a tail of the log while transactions commit late", () => {
  /** Rows that are inserted, and committed a random while after; how many of them the tail did not hear. */
  const missed = async (serial: boolean) => {
    const world = await createWorld("postgres", { capacities: [], people: 1 });
    const engine = await openPostgres(world.database.url, { pool: 2 });
    const plain = {
      ...engine.log,
      position: sql<string>`'1:1:' || seq`,
      settled: sql`true`,
      after: (position: string) => sql`seq > ${position.split(":")[2]}::bigint`,
      order: sql`seq`,
      reverseOrder: sql`seq desc`,
    };
    const store = createStore(serial ? { ...engine, log: plain } : engine);
    const heard = new Set<string>();
    const log = pino({ level: "silent" });
    const tail = await startTail({
      events: store.events,
      log,
      rhythm: { pollMs: 5, restMs: 5 },
      onEvent: (event) => void heard.add(event.id),
    });
    const written: string[] = [];
    const writers = Array.from({ length: 10 }, async () => {
      const client = new Bun.SQL(world.database.url, { max: 1 });
      for (let n = 0; n < 20; n++) {
        const id = Bun.randomUUIDv7();
        await client.unsafe(`begin; insert into events (id, organization_id, subject_type, subject_id, version, type, data, time)
          values ('${id}', '${world.people[0]?.organizationId}', 'user', '${id}', 1, 'user.created', '{}', now())`);
        await Bun.sleep(Math.random() * 20);
        await client.unsafe("commit");
        written.push(id);
      }
      await client.close();
    });
    await Promise.all(writers);
    await until(() => written.every((id) => heard.has(id)), 3_000);
    await tail.stop();
    await store.close();
    await world.database.drop();
    return written.filter((id) => !heard.has(id)).length;
  };

  test(
    "misses none, by (epoch, transaction, number) below the oldest running transaction",
    async () => {
      expect(await missed(false)).toBe(0);
    },
    minute,
  );

  test(
    "misses some with a plain serial cursor: the check sees it",
    async () => {
      expect(await missed(true)).toBeGreaterThan(0);
    },
    minute,
  );
});

describeOnPostgres("an instance whose Postgres goes away", () => {
  test(
    "tells what happens after it is back, on the sockets that stayed",
    async () => {
      const cluster = await startCluster();
      const world = await createWorld("postgres", { capacities: [], people: 1, server: cluster.url });
      const server = await world.serve();
      const [person] = world.people as [(typeof world.people)[number]];
      const socket = await TestSocket.open(server.url, { token: person.token });
      await socket.ask("join-user-room", { userId: person.id }, "joined-room");
      await cluster.kill();
      const call = callAs((path, init) => fetch(`${server.url}${path}`, init), person.token);
      const away = await call("GET", "/api/bookings");
      expect([away.status, away.headers.get("retry-after")]).toEqual([503, "2"]);
      await cluster.start();
      const slot = { title: "B", startTime: "2030-01-01T00:00:00Z", endTime: "2030-01-01T01:00:00Z" };
      for (let status = 503; status === 503; ) status = (await call("POST", "/api/bookings", slot)).status;
      expect((await socket.next("booking.created")).data.booking.title).toBe("B");
      socket.close();
      await stopServer(server);
      await cluster.stop();
    },
    minute,
  );
});

onEachEngine("a reader that stops reading", (engine) => {
  test(
    "is closed, and the others hear everything (G14)",
    async () => {
      const world = await createWorld(engine, { capacities: [], people: 1 });
      const server = await world.serve();
      const [person] = world.people as [(typeof world.people)[number]];
      const socket = await TestSocket.open(server.url, { token: person.token });
      await socket.ask("join-user-room", { userId: person.id }, "joined-room");
      const stalled = await openStalledReader(server.url, person.token, person.id);

      const call = callAs((path, init) => fetch(`${server.url}${path}`, init), person.token);
      const times = { startTime: "2030-01-01T00:00:00Z", endTime: "2030-01-01T01:00:00Z" };
      const { body: booking } = await call("POST", "/api/bookings", { title: "B", ...times });
      const changes = 900;
      for (let n = 0; n < changes; n++) {
        // About 25 KiB an event: the booking, and the description before and after.
        const description = `${n} ${"x".repeat(4_900)}`;
        const metadata = { filler: "y".repeat(2_000), more: "z".repeat(2_000), n };
        await call("PATCH", `/api/bookings/${booking.id}`, { description, metadata });
      }
      const updates = () => socket.frames.filter((frame) => frame.event === "booking.updated").length;
      await until(() => updates() === changes);
      expect(updates()).toBe(changes);
      expect(await stalled.closed()).toBe(true);
      socket.close();
      await stopServer(server);
      await world.database.drop();
    },
    2 * minute,
  );
});
