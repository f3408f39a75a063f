import { Database } from "bun:sqlite";
import postgres from "postgres";
import { median } from "./process.ts";
import { quick, report } from "./report.ts";
import { openWorld, type World } from "./world.ts";

/**
 * P17: what a booking, a refusal with its alternatives, and a month of `/busy` take on a resource that is full, against
 * one that is a tenth full: of capacity 1 and of capacity 100 places, each booked by itself.
 */
const [rounds, requests] = quick ? [3, 20] : [7, 60];
const [days, hourMs] = [31, 3_600_000];
const start = Date.UTC(2031, 0, 1);
const percents = [10, 100] as const;
const kinds = ["create", "refusal", "busy"] as const;

type Kind = (typeof kinds)[number];
type Engine = "postgres" | "sqlite";
type Run = (text: string) => Promise<Record<string, string>[]>;

const results = [];
for (const engine of ["postgres", "sqlite"] as const) {
  const world = await openWorld(engine, { resources: 4 });
  for (const [n, capacity] of [1, 100].entries()) {
    const resources = world.resources.slice(2 * n, 2 * n + 2) as [string, string];
    await fill(engine, world, resources, capacity);
    for (const kind of kinds) {
      const found: [number[], number[]] = [[], []];
      for (let round = -1; round < rounds; round++)
        for (const [at, resource] of resources.entries()) {
          const ms = await measure(world, kind, resource, capacity, round + 1);
          // The first round warms both up.
          if (round >= 0) found[at as 0 | 1].push(ms);
        }
      results.push({
        id: "P17",
        what: `${engine}, capacity ${capacity}, ${kind}: full, to a tenth`,
        ours: median(found[1]),
        limit: median(found[0]),
        unit: "ms",
        target: { most: 1.5 },
      });
    }
  }
  await world.close();
}
report(results);
process.exit(0);

/**
 * Hours from the start at which a booking begins, and how long it is: a room is taken hour by hour, a hundred desks day by
 * day. The first hour of each day stays free; of the others all, or a tenth, are taken.
 */
function takenSlots(percent: number, capacity: number): { hour: number; hours: number }[] {
  const hours = capacity === 1 ? 1 : 23;
  const all = Array.from({ length: days * 24 }, (_, hour) => hour).filter((hour) => hour % 24 !== 0);
  return all
    .filter((hour) => ((hour - 1) % 24) % hours === 0)
    .filter((_, n) => n % (100 / percent) === 0)
    .map((hour) => ({ hour, hours }));
}

async function measure(
  world: World,
  kind: Kind,
  resource: string,
  capacity: number,
  round: number,
): Promise<number> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${world.tokens[0]}` };
  const at = (ms: number) => new Date(start + ms).toISOString();
  const month = `from=${encodeURIComponent(at(0))}&to=${encodeURIComponent(at(days * 24 * hourMs))}`;
  const taken = takenSlots(10, capacity);
  const times: number[] = [];
  for (let n = 0; n < requests; n++) {
    // Each in another slot, so that none is known to be wanted.
    const offset = ((n * 7 + round) % 50) * 60_000;
    const hour = kind === "create" ? 24 * (n % days) : (taken[n % taken.length]?.hour ?? 0);
    const times10 = { startTime: at(hour * hourMs + offset), endTime: at(hour * hourMs + offset + 600_000) };
    const asked = performance.now();
    const answer =
      kind === "busy"
        ? await fetch(`${world.url}/api/resources/${resource}/busy?${month}`, { headers })
        : await fetch(`${world.url}/api/bookings`, {
            method: "POST",
            headers,
            body: JSON.stringify({ title: "Busy", resourceId: resource, ...times10 }),
          });
    const body = (await answer.json()) as { id?: string };
    times.push(performance.now() - asked);
    const wanted = { create: 201, refusal: 409, busy: 200 }[kind];
    if (answer.status !== wanted) throw new Error(`${kind}: ${answer.status} ${JSON.stringify(body)}`);
    if (kind === "create") await fetch(`${world.url}/api/bookings/${body.id}`, { method: "DELETE", headers });
  }
  return median(times);
}

async function fill(engine: Engine, world: World, resources: [string, string], capacity: number) {
  const { run, close } = database(engine, world.databaseUrl);
  const [user] = await run("select id, organization_id from users limit 1");
  await run(`update resources set capacity = ${capacity} where id in ('${resources.join("', '")}')`);
  for (const [n, percent] of percents.entries()) {
    const rows = takenSlots(percent, capacity).flatMap(({ hour, hours }) =>
      Array.from({ length: capacity }, () => [Bun.randomUUIDv7(), hour, hour + hours] as const),
    );
    for (let from = 0; from < rows.length; from += 200) {
      const some = rows.slice(from, from + 200);
      const instant = (hour: number) => {
        const ms = start + hour * hourMs;
        return engine === "sqlite" ? String(ms) : `'${new Date(ms).toISOString()}'`;
      };
      const own = `'${user?.organization_id}'`;
      const bookings = some.map(
        ([id, hour, end]) =>
          `('${id}', ${own}, '${user?.id}', '${resources[n]}', 'Taken', ${instant(hour)}, ${instant(end)},
            'confirmed', 1, '[]', '{}', 1, ${instant(0)}, ${instant(0)})`,
      );
      const claims = some.map(
        ([id, hour, end]) =>
          `('${id}', 0, ${own}, '${resources[n]}', ${instant(hour)}, ${instant(end)}, 1, ${engine === "sqlite" ? 1 : true},
            ${instant(0)})`,
      );
      await run(`insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status,
        quantity, attendees, metadata, version, created_at, updated_at) values ${bookings.join(", ")}`);
      await run(`insert into claims (id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at)
        values ${claims.join(", ")}`);
    }
  }
  await run(engine === "sqlite" ? "analyze" : "vacuum analyze");
  await close();
}

function database(engine: Engine, url: string): { run: Run; close(): Promise<void> } {
  if (engine === "sqlite") {
    const client = new Database(url.slice("sqlite:".length));
    client.run("pragma busy_timeout = 5000");
    return { run: async (text) => client.query(text).all() as never, close: async () => client.close() };
  }
  const client = postgres(url, { max: 1, onnotice: () => {} });
  return { run: async (text) => [...(await client.unsafe(text))] as never, close: () => client.end() };
}
