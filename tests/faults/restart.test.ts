import { expect, test } from "bun:test";
import { followRooms, type LiveEvent } from "../../clients/typescript/src/live.ts";
import { encodeCursor } from "../../src/domain/cursor.ts";
import { callAs } from "../support/client.ts";
import { freePort } from "../support/cluster.ts";
import { runSql } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { describeWithNginx, startNginx } from "../support/nginx.ts";
import { startRedis } from "../support/redis-server.ts";
import { type Server, sharedSecrets, startServer, startWorkerProcess } from "../support/server.ts";
import { createWorld } from "./world.ts";

const [rounds, sockets] = [sized("RESTARTS", 1), sized("SOCKETS", 24)];
const clients = 8;
const minutes = 60_000;

type Found = {
  failed: string[];
  requests: number;
  exits: number[];
  slowestExitMs: number;
  heard: Set<string>[];
  told: string[];
};

/** Two APIs and two workers behind nginx, steady load and sockets, while each process in turn is told to end and comes back. */
async function rollingRestart(
  more: Record<string, string>,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<Found> {
  const redis = await startRedis();
  const world = await createWorld("postgres", { capacities: [], people: clients });
  const admin = { ADMIN_EMAIL: "root@example.com", ADMIN_PASSWORD: "password123" };
  const shared = {
    ...sharedSecrets,
    ...admin,
    DATABASE_URL: world.database.url,
    REDIS_URL: redis.url,
    ...more,
  };
  // Each keeps its port, which the proxy knows.
  const starts: (() => Promise<Server>)[] = [];
  for (const kind of ["api", "api", "worker", "worker"] as const) {
    const port = String(await freePort());
    starts.push(() =>
      kind === "api"
        ? startServer({ env: { ...shared, PORT: port } })
        : startWorkerProcess({ env: { ...shared, JOB_PORT: port } }),
    );
  }
  const servers = await Promise.all(starts.map((start) => start()));
  const urls = servers.map(({ url }) => url);
  const nginx = await startNginx("development", { api: urls.slice(0, 2), worker: urls.slice(2) });

  const found: Found = { failed: [], requests: 0, exits: [], slowestExitMs: 0, heard: [], told: [] };
  const stops = Array.from({ length: sockets }, (_, n) => {
    const person = world.people[n % clients];
    const heard = new Set<string>();
    found.heard.push(heard);
    return followRooms({
      baseUrl: nginx.url,
      token: () => person?.token ?? "",
      rooms: [{ userId: person?.id ?? "" }],
      onEvent: (event: LiveEvent) => void heard.add(event.id),
      after: {
        [`user:${person?.id}`]: encodeCursor({
          organizationId: person?.organizationId ?? "",
          time: new Date(Date.now() - 60_000),
          eventId: null,
          position: "0:0:0",
        }),
      },
    });
  });
  let restarting = true;
  const load = world.people.map(async (person, n) => {
    const call = callAs((path, init) => fetch(`${nginx.url}${path}`, init), person.token);
    for (let hour = 0; restarting; hour++) {
      const startTime = new Date(Date.UTC(2030 + n, 0, 1, hour)).toISOString();
      const endTime = new Date(Date.UTC(2030 + n, 0, 1, hour + 1)).toISOString();
      const answers = [
        await call("POST", "/api/bookings", { title: "Steady", startTime, endTime }).catch(String),
        await call("GET", "/api/bookings?limit=5").catch(String),
      ];
      found.requests += answers.length;
      for (const answer of answers)
        if (typeof answer === "string" || answer.status >= 400)
          found.failed.push(
            typeof answer === "string" ? answer : `${answer.status} ${answer.text.slice(0, 200)}`,
          );
      await Bun.sleep(10);
    }
  });
  for (let round = 0; round < rounds; round++) {
    for (const [n, start] of starts.entries()) {
      const server = servers[n] as Server;
      const asked = performance.now();
      server.kill(signal);
      found.exits.push(await server.exited);
      found.slowestExitMs = Math.max(found.slowestExitMs, performance.now() - asked);
      servers[n] = await start();
      await Bun.sleep(500);
    }
  }
  restarting = false;
  await Promise.all(load);
  const events = await runSql(
    world.database.url,
    "select id, owner_id from events where type = 'booking.created'",
  );
  const toldTo = (n: number) => events.filter((event) => event.owner_id === world.people[n % clients]?.id);
  for (const end = Date.now() + 20_000; Date.now() < end; await Bun.sleep(100))
    if (found.heard.every((heard, n) => heard.size >= toldTo(n).length)) break;
  found.told = found.heard.flatMap((heard, n) =>
    toldTo(n)
      .filter((event) => !heard.has(String(event.id)))
      .map((event) => `socket ${n} did not hear ${event.id}`),
  );
  for (const stop of stops) stop();
  await nginx.stop();
  for (const server of servers) server.kill("SIGKILL");
  await Promise.all([redis.stop(), ...servers.map(({ exited }) => exited)]);
  await world.database.drop();
  return found;
}

describeWithNginx("a rolling restart", () => {
  test(
    "is unseen: no request fails, no event is missed, and each process ends in time (G15)",
    async () => {
      const found = await rollingRestart({ NODE_ENV: "production", HOST: "127.0.0.1" });
      expect(found.failed).toEqual([]);
      expect(found.told).toEqual([]);
      expect(found.requests).toBeGreaterThan(100);
      expect(new Set(found.exits)).toEqual(new Set([0]));
      expect(found.slowestExitMs).toBeLessThan(30_000);
      const exits = `${found.exits.length} exits within ${(found.slowestExitMs / 1000).toFixed(1)} s`;
      measured("G15", `${found.requests} requests, 0 failed; ${sockets} sockets missed nothing; ${exits}`);
    },
    5 * minutes,
  );

  test(
    "with processes that end at once is seen: requests fail (G15, mutant)",
    async () => {
      const found = await rollingRestart({}, "SIGKILL");
      expect(found.failed.length).toBeGreaterThan(0);
    },
    5 * minutes,
  );
});
