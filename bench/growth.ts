import postgres from "postgres";
import { median } from "./process.ts";
import { quick, report } from "./report.ts";
import { load, openWorld, type World } from "./world.ts";

/** P9: the median time of creating, reading and listing with 1,000,000 bookings, against the same with 10,000. */
const [few, many, rounds] = quick ? [1_000, 10_000, 3] : [10_000, 1_000_000, 5];
const requests = 600;

type Medians = { create: number; read: number; list: number };

const small = await prepare(few);
const large = await prepare(many);
const found: { small: Medians[]; large: Medians[] } = { small: [], large: [] };
for (let n = 0; n < rounds; n++) {
  found.small.push(await medians(small, n));
  found.large.push(await medians(large, n));
}
await Promise.all([small.world.close(), large.world.close()]);
report(
  (["create", "read", "list"] as const).map((what) => ({
    id: "P9",
    what: `${what}: median with ${many.toLocaleString("en")} bookings, to ${few.toLocaleString("en")}`,
    ours: median(found.large.map((round) => round[what])),
    limit: median(found.small.map((round) => round[what])),
    unit: "ms",
    target: { most: 1.5 },
  })),
);
process.exit(0);

type Prepared = { world: World; sample: { id: string; start_time: Date }[] };

async function prepare(seeded: number): Promise<Prepared> {
  const world = await openWorld("postgres", { seeded, resources: 100 });
  const sql = postgres(world.databaseUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe("vacuum analyze");
  const sample = await sql<{ id: string; start_time: Date }[]>`
    select id, start_time from bookings where id in (select id from bookings tablesample bernoulli (${Math.min(100, 200_000 / seeded)}))
    limit 1000`;
  await sql.end();
  return { world, sample: [...sample] };
}

/** One client at a time waits for nobody: what is left is the work itself. */
async function medians({ world, sample }: Prepared, round: number): Promise<Medians> {
  const { url, adminToken, resources } = world;
  const headers = { Authorization: `Bearer ${adminToken}` };
  const run = async (
    request: (n: number) => { method: string; path: string; body?: object },
    status: number,
  ) =>
    (
      await load(
        {
          url,
          clients: 1,
          requests: Array.from({ length: requests }, (_, n) => ({ ...request(n), headers })),
        },
        status,
      )
    ).p50;
  const at = (n: number) => sample[(n * 7 + round) % sample.length];
  const create = await run((n) => {
    const start = Date.UTC(2041, 0, 1) + (round * requests + n) * 3_600_000;
    const times = {
      startTime: new Date(start).toISOString(),
      endTime: new Date(start + 1_800_000).toISOString(),
    };
    return {
      method: "POST",
      path: "/api/bookings",
      body: { title: "Growth", resourceId: resources[n % 100], ...times },
    };
  }, 201);
  const read = await run((n) => ({ method: "GET", path: `/api/bookings/${at(n)?.id}` }), 200);
  const list = await run((n) => {
    const from = at(n)?.start_time.getTime() ?? 0;
    const [a, b] = [from, from + 7 * 86_400_000].map((ms) => encodeURIComponent(new Date(ms).toISOString()));
    return { method: "GET", path: `/api/bookings?from=${a}&to=${b}&limit=20` };
  }, 200);
  return { create, read, list };
}
