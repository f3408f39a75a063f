import { Database } from "bun:sqlite";
import postgres from "postgres";
import { median } from "./process.ts";
import { quick, report } from "./report.ts";
import { load, openWorld, type World } from "./world.ts";

/**
 * P18: the median time of `GET /api/events` without a cursor, by someone whose bookings have 300,000 events from before
 * what is kept for replay, in an installation where another organization has as many of today; against 10,000 of each.
 */
const [few, many, rounds] = quick ? [1_000, 30_000, 3] : [10_000, 300_000, 5];
const requests = quick ? 50 : 200;
const day = 86_400_000;

type Medians = { user: number; admin: number };
type Engine = "postgres" | "sqlite";

report([...(await measure("postgres")), ...(await measure("sqlite"))]);
process.exit(0);

async function measure(engine: Engine) {
  const small = await prepare(engine, few);
  const large = await prepare(engine, many);
  const found: { small: Medians[]; large: Medians[] } = { small: [], large: [] };
  for (let n = 0; n < rounds; n++) {
    found.small.push(await poll(small));
    found.large.push(await poll(large));
  }
  await Promise.all([small.close(), large.close()]);
  const name = engine === "sqlite" ? "SQLite" : "Postgres";
  return (["user", "admin"] as const).map((who) => ({
    id: "P18",
    what: `first poll, ${who} on ${name}: ${many.toLocaleString("en")} old events, to ${few.toLocaleString("en")}`,
    ours: median(found.large.map((round) => round[who])),
    limit: median(found.small.map((round) => round[who])),
    unit: "ms",
    target: { most: 1.5 },
  }));
}

async function poll({ url, tokens, adminToken }: World): Promise<Medians> {
  const run = async (token = "") => {
    const request = { method: "GET", path: "/api/events", headers: { Authorization: `Bearer ${token}` } };
    const all = Array.from({ length: requests }, () => request);
    return (await load({ url, clients: 1, requests: all }, 200)).p50;
  };
  return { user: await run(tokens[0]), admin: await run(adminToken) };
}

async function prepare(engine: Engine, count: number): Promise<World> {
  const world = await openWorld(engine);
  const payload = JSON.parse(Buffer.from(world.tokens[0]?.split(".")[1] ?? "", "base64url").toString());
  const [now, other] = [Date.now(), crypto.randomUUID()];
  const org = "(select id from organizations where slug = 'default')";
  const statements = [
    addOrganization(engine, other, now),
    addEvents(engine, { count, from: now - 400 * day, organization: org, owner: `'${payload.sub}'` }),
    addEvents(engine, { count, from: now - day, organization: `'${other}'`, owner: "null" }),
    engine === "sqlite" ? "analyze" : "vacuum analyze",
  ];
  await run(world.databaseUrl, statements);
  return world;
}

function addOrganization(engine: Engine, id: string, now: number): string {
  const [no, time] = engine === "sqlite" ? ["0", String(now)] : ["false", "now()"];
  return `insert into organizations (id, slug, name, demo, created_at) values ('${id}', 'other', 'O', ${no}, ${time})`;
}

type Events = { count: number; from: number; organization: string; owner: string };

/** One event a second from an instant on, with the ids (UUIDv7) that they would have had. */
function addEvents(engine: Engine, { count, from, organization, owner }: Events): string {
  const ms = `(${from} + n * 200)`;
  const columns = "id, organization_id, subject_type, subject_id, version, type, owner_id, data, time";
  const data = `'{"booking":{}}'`;
  return engine === "sqlite"
    ? `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
       insert into events (${columns})
       select id, ${organization}, 'booking', id, 1, 'booking.created', ${owner}, ${data}, ${ms} from (select n,
         printf('%08x-%04x-7%03x-8%03x-%012x', ${ms} >> 16, ${ms} & 65535, n & 4095, n & 4095, n) as id from numbers)`
    : `insert into events (${columns})
       select id, ${organization}, 'booking', id, 1, 'booking.created', ${owner}, ${data}, to_timestamp(${ms} / 1000.0)
       from (select n, (lpad(to_hex(${ms}::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8'
         || lpad(to_hex(n), 15, '0'))::uuid as id from generate_series(1, ${count}) as n) as numbered`;
}

async function run(url: string, statements: string[]): Promise<void> {
  if (url.startsWith("sqlite:")) {
    const client = new Database(url.slice("sqlite:".length));
    client.run("pragma busy_timeout = 5000");
    for (const statement of statements) client.run(statement);
    return client.close();
  }
  const client = postgres(url, { max: 1, onnotice: () => {} });
  for (const statement of statements) await client.unsafe(statement);
  await client.end({ timeout: 5 });
}
