import { Database } from "bun:sqlite";
import postgres from "postgres";
import { bareSqlite } from "./bare-sqlite.ts";
import type { Load } from "./http-load.ts";
import { pgbench } from "./pgbench.ts";
import { alternate, quick, report } from "./report.ts";
import { load, openWorld, type World } from "./world.ts";

/**
 * P1, P2: `POST /api/bookings` with everything on: token, validation, an idempotency key on half of them, claim, event
 * and reminder; 32 clients on 1,000 resources. The limit writes the same rows into the same tables, guards and all:
 * pgbench in one prepared statement from 16 clients, or a bare loop of bun:sqlite with the same durability.
 */
const engine = process.argv.includes("--sqlite") ? "sqlite" : "postgres";
const [rounds, requests] = quick ? [2, 3_000] : [5, 10_000];
const resources = 1_000;

let round = 0;
/** Bookings that can all be made: each round has slots of its own. */
export function creates(
  { url, tokens, resources: rooms }: Pick<World, "url" | "tokens" | "resources">,
  count: number,
): Load {
  const base = Date.UTC(2031, 0, 1) + round++ * count * 3_600_000;
  return {
    url,
    clients: 32,
    requests: Array.from({ length: count }, (_, n) => {
      const start = base + Math.floor(n / rooms.length) * 3_600_000;
      return {
        method: "POST",
        path: "/api/bookings",
        headers: {
          Authorization: `Bearer ${tokens[n % tokens.length]}`,
          ...(n % 2 === 0 ? { "Idempotency-Key": crypto.randomUUID() } : {}),
        },
        body: {
          title: "Design review",
          resourceId: rooms[n % rooms.length],
          startTime: new Date(start).toISOString(),
          endTime: new Date(start + 1_800_000).toISOString(),
        },
      };
    }),
  };
}

if (import.meta.main) {
  const world = await openWorld(engine, { resources });
  const ours = async () => (await load(creates(world, requests), 201)).rate;
  await ours();
  const limit = await limitOf(world.databaseUrl);
  const found = await alternate(rounds, ours, limit);
  await world.close();
  const [id, target] = engine === "postgres" ? ["P1", 0.8] : ["P2", 0.5];
  report([
    {
      id,
      what: `a booking made on ${engine}, everything on`,
      ...found,
      unit: "/s",
      target: { least: target },
    },
  ]);
  process.exit(0);
}

/** The same rows, as this very service has just written them, to be written again and again. */
async function limitOf(databaseUrl: string): Promise<() => Promise<number>> {
  const seconds = quick ? 2 : 6;
  if (engine === "postgres") {
    const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
    await sql.unsafe(`create table bench_resources as
      select row_number() over () as n, id as resource, organization_id as organization,
        (select id from users limit 1) as owner,
        (select data from events where type = 'booking.created' limit 1) as event,
        (select body from receipts limit 1) as receipt
      from resources where kind = 'resource'`);
    await sql.unsafe("create unique index on bench_resources (n)");
    await sql.unsafe("analyze");
    await sql.end();
    return () => pgbench(databaseUrl, seconds);
  }
  const path = databaseUrl.slice("sqlite:".length);
  return async () => bareSqlite(new Database(path), seconds);
}
