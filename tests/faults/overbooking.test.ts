import { expect, test } from "bun:test";
import { describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { type Server, stopServer } from "../support/server.ts";
import { differsFromLog, missummed, overbooked } from "./invariants.ts";
import { createWorld, type World } from "./world.ts";

const capacities = [1, 5, 50];
const minute = 60_000;

async function post(
  server: Server,
  token: string,
  path: string,
  method: string,
  body: object,
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
}

/** Quantities of 1 to 4 at random slots, while an admin narrows, widens and deletes the resources. */
async function sell(world: World, servers: Server[], bookings: number): Promise<number[]> {
  const statuses: number[] = [];
  let left = bookings;
  const admin = world.people[0]?.token ?? "";
  const buyers = world.people.slice(1).map(async ({ token }, n) => {
    const server = servers[n % servers.length] as Server;
    while (left-- > 0) {
      const start = Date.UTC(2030, 0, 1) + Math.floor(Math.random() * 12) * 15 * minute;
      const response = await post(server, token, "/api/bookings", "POST", {
        title: "Seats",
        resourceId: world.rooms[Math.floor(Math.random() * world.rooms.length)],
        startTime: new Date(start).toISOString(),
        endTime: new Date(start + 45 * minute).toISOString(),
        quantity: 1 + Math.floor(Math.random() * 4),
      });
      statuses.push(response.status);
    }
  });
  const meddler = (async () => {
    while (left > 0) {
      for (const [n, room] of world.rooms.entries()) {
        const capacity = Math.max(1, Math.floor((capacities[n] ?? 1) * (0.5 + Math.random())));
        statuses.push(
          (await post(servers[0] as Server, admin, `/api/resources/${room}`, "PATCH", { capacity })).status,
        );
        statuses.push(
          (await post(servers[0] as Server, admin, `/api/resources/${room}`, "DELETE", {})).status,
        );
      }
    }
  })();
  await Promise.all([...buyers, meddler]);
  return statuses;
}

onEachEngine("capacity 1, 5 and 50 under load", (engine) => {
  test(
    "is never passed while it is lowered and resources are deleted (G2)",
    async () => {
      const world = await createWorld(engine, { capacities, people: 33 });
      const servers = await Promise.all(
        Array.from({ length: engine === "sqlite" ? 1 : 2 }, () => world.serve()),
      );
      const statuses = await sell(world, servers, sized("OPERATIONS", 600));
      await Promise.all(servers.map(stopServer));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(20);
      expect(await overbooked(world.database.url)).toBe(0);
      expect(await missummed(world.database.url)).toBe(0);
      measured("G2", `${engine}: ${statuses.length} requests, 0 over capacity`);
      expect(await differsFromLog(world.database.url)).toEqual([]);
      await world.database.drop();
    },
    10 * minute,
  );
});

describeOnPostgres("SQL by hand at every isolation level", () => {
  /** 24 connections that each add one seat to a resource of five, all in open transactions at once. */
  const crowd = async (level: string, mutant?: string) => {
    const world = await createWorld("postgres", { capacities: [5], people: 1 });
    const { url } = world.database;
    if (mutant) await runSql(url, mutant);
    const [person] = world.people;
    const clients = Array.from({ length: 24 }, () => new Bun.SQL(url, { max: 1 }));
    await Promise.all(
      clients.map(async (client, n) => {
        const id = Bun.randomUUIDv7();
        // Each begins and ends at another instant, so that no two write the same row of the sums.
        const times = `'2030-01-01T00:00:${10 + n}Z', '2030-01-01T01:00:${10 + n}Z'`;
        // The first statement takes the snapshot, so that at the stricter levels all have the same old view.
        await client.unsafe(`begin isolation level ${level}; select count(*) from claims`);
        await client
          .unsafe(
            `insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
               attendees, metadata, version, created_at, updated_at)
             values ('${id}', '${person?.organizationId}', '${person?.id}', '${world.rooms[0]}', 't', ${times},
               'confirmed', 1, '[]', '{}', 1, now(), now());
             insert into claims (id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at)
             values ('${id}', 0, '${person?.organizationId}', '${world.rooms[0]}', ${times}, 1, true, now());
             commit`,
          )
          .catch(() => null);
        await client.close();
      }),
    );
    const [sold] = await runSql(url, "select count(*) as n from claims where blocking");
    const found = { over: await overbooked(url), missummed: await missummed(url), sold: Number(sold?.n) };
    await world.database.drop();
    return found;
  };

  test.each(["read committed", "repeatable read", "serializable"])(
    "%s sells five of five seats at most (G2)",
    async (level) => {
      const { over, missummed, sold } = await crowd(level);
      expect([over, missummed]).toEqual([0, 0]);
      expect(sold).toBeGreaterThan(0);
      expect(sold).toBeLessThanOrEqual(5);
    },
    minute,
  );

  test(
    "repeatable read oversells when the bump is only a row lock",
    async () => {
      // The body of the guard, with the bump exchanged for the lock that looks as if it would do.
      const mutant = `do $do$ begin execute replace(pg_get_functiondef('claims_guard'::regproc),
        'update resources set claims_made = claims_made + 1 where id = new.resource_id
    returning capacity, deleted_at, organization_id into resource;',
        'select capacity, deleted_at, organization_id into resource from resources where id = new.resource_id for no key update;'); end $do$`;
      const { sold } = await crowd("repeatable read", mutant);
      expect(sold).toBeGreaterThan(5);
    },
    minute,
  );
});
