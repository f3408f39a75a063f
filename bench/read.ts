import postgres from "postgres";
import type { Load } from "./http-load.ts";
import { start } from "./process.ts";
import { alternate, quick, report } from "./report.ts";
import { load, openWorld } from "./world.ts";

/**
 * P3, P4, P5: a booking, a page of bookings in an interval, and a signed-in request that touches no database; on Postgres
 * with 100,000 bookings. The limits are bare servers that know nobody and check nothing.
 */
const [rounds, requests, seeded] = quick ? [3, 4_000, 10_000] : [5, 15_000, 100_000];

const world = await openWorld("postgres", { seeded });
const sql = postgres(world.databaseUrl, { max: 1, onnotice: () => {} });
await sql`analyze`;
const found = await sql<{ id: string; start_time: Date; organization_id: string }[]>`
  select id, start_time, organization_id from bookings order by random() limit 2000`;
await sql.end();
const organization = found[0]?.organization_id;
const headers = { Authorization: `Bearer ${world.adminToken}` };
const bare = start(["bench/bare-http.ts"], { env: { DATABASE_URL: world.databaseUrl } });
const ok = start(["bench/bare-http.ts"], { env: { DATABASE_URL: "" } });
const [bareUrl, okUrl] = await Promise.all([
  bare.printed(/listening (\S+)\//),
  ok.printed(/listening (\S+)\//),
]);

const get = (url: string, path: (n: number) => string, more = headers): Load => ({
  url,
  clients: 32,
  requests: Array.from({ length: requests }, (_, n) => ({ method: "GET", path: path(n), headers: more })),
});
const booking = (n: number) => `/api/bookings/${found[n % found.length]?.id}`;
const interval = (n: number) => {
  const at = found[n % found.length]?.start_time.getTime() ?? 0;
  const [from, to] = [new Date(at), new Date(at + 7 * 86_400_000)].map((time) =>
    encodeURIComponent(time.toISOString()),
  );
  return `/api/bookings?from=${from}&to=${to}&limit=20`;
};
const rate = async (input: Load) => (await load(input, 200)).rate;
const none = {} as typeof headers;
const measure = async (path: (n: number) => string, more = "") => {
  await rate(get(world.url, path));
  return alternate(
    rounds,
    () => rate(get(world.url, path)),
    () => rate(get(bareUrl, (n) => path(n) + more, none)),
  );
};

const one = await measure(booking);
const page = await measure(interval, `&organization=${organization}`);
const mine = await alternate(
  rounds,
  () => rate(get(world.url, () => "/api/auth/me")),
  () => rate(get(okUrl, () => "/", none)),
);
for (const process of [bare, ok]) process.kill();
await world.close();
report([
  { id: "P3", what: "a booking read on Postgres", ...one, unit: "/s", target: { least: 0.6 } },
  {
    id: "P4",
    what: "a page of bookings in an interval, likewise",
    ...page,
    unit: "/s",
    target: { least: 0.8 },
  },
  { id: "P5", what: "a signed-in request without the database", ...mine, unit: "/s", target: { least: 0.5 } },
]);
process.exit(0);
