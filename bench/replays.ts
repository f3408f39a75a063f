import postgres from "postgres";
import { quick } from "./report.ts";
import { load, openWorld } from "./world.ts";

/**
 * What replays cost others: the median of 8 people's lists of bookings, first alone, then while one person's 40 sockets
 * each join 40 times with a cursor that 5,000 events have passed since. No figure of `bun run bench`: two medians, to read.
 */
const [events, sockets, joins, requests] = quick ? [1_000, 40, 10, 1_000] : [5_000, 40, 40, 3_000];

const world = await openWorld("postgres", { env: { RATE_LIMIT_SCALE: "1" } });
const { url, tokens } = world;
const token = tokens[0] ?? "";
const { sub: userId } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const get = async (path: string) =>
  (await (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })).json()) as {
    pagination: { nextCursor: string };
  };
const after = (await get("/api/events")).pagination.nextCursor;
const sql = postgres(world.databaseUrl, { max: 1, onnotice: () => {} });
await sql.unsafe(`insert into events
  (id, organization_id, subject_type, subject_id, version, type, owner_id, data, time)
  select id, organization_id, 'booking', id, 1, 'booking.created', '${userId}', '{"booking":{"title":"${"x".repeat(300)}"}}', now()
  from (select gen_random_uuid() as id, organization_id from users, generate_series(1, ${events}) where users.id = '${userId}') as some_rows`);
await sql.end({ timeout: 5 });

const others = tokens.slice(1, 9);
const browse = () =>
  load({
    url,
    clients: 8,
    requests: Array.from({ length: requests }, (_, n) => ({
      method: "GET",
      path: "/api/bookings?limit=20",
      headers: { Authorization: `Bearer ${others[n % 8]}` },
    })),
  });
await browse();
const alone = await browse();
let told = 0;
let refused = 0;
const open = Array.from({ length: sockets }, () => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/`, {
    headers: { Authorization: `Bearer ${token}` },
  } as never);
  socket.addEventListener("message", ({ data }) => {
    const text = String(data);
    if (text.startsWith('{"event":"booking.')) told += 1;
    if (text.includes('"rate_limited"')) refused += 1;
    if (!text.startsWith('{"event":"authenticated"')) return;
    for (let n = 0; n < joins; n++)
      socket.send(JSON.stringify({ event: "join-user-room", data: { userId, after } }));
  });
  return socket;
});
const during = await browse();
for (const socket of open) socket.close();
console.log(`alone p50 ${alone.p50.toFixed(1)} ms, p99 ${alone.p99.toFixed(1)} ms`);
console.log(
  `during ${sockets} × ${joins} replays p50 ${during.p50.toFixed(1)} ms, p99 ${during.p99.toFixed(1)} ms`,
);
console.log(`${told} events were told, ${refused} joins refused`, alone.statuses, during.statuses);
await world.close();
process.exit(0);
