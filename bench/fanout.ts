import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, type Process, start } from "./process.ts";
import { quick, report } from "./report.ts";

/**
 * P6: one event to 5,000 sockets. Ours is a change of a booking over HTTP: the commit, the log, the tail, the topic. The
 * limit is a request to a bare server that publishes a text of the same size. Rounds alternate; in each, some events
 * go out one after the other, and each is over when the last socket has heard it.
 */
const [sockets, rounds, eventsARound] = quick ? [1_000, 3, 5] : [5_000, 7, 10];

async function send(
  method: string,
  url: string,
  body: object | string,
  token?: string,
): Promise<Record<string, string>> {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.headers.get("Content-Type")?.includes("json") ? ((await response.json()) as never) : {};
}

const folder = mkdtempSync(join(tmpdir(), "booking-bench-"));
const admin = { email: "bench@example.com", password: "password123" };
const ours = start(["src/main.ts", "serve"], {
  env: {
    DATABASE_URL: `sqlite:${join(folder, "booking.db")}`,
    PORT: "0",
    RATE_LIMIT_SCALE: "1000",
    LOG_LEVEL: "warn",
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
  },
});
const bare = start(["bench/bare-publish.ts"]);
const [url, bareUrl] = await Promise.all([
  ours.printed(/Health +(\S+)\/health/),
  bare.printed(/listening (\S+)\//),
]);

const { accessToken = "" } = await send("POST", `${url}/api/auth/login`, admin);
const { id: resourceId } = await send(
  "POST",
  `${url}/api/resources`,
  { name: "Room", capacity: 9 },
  accessToken,
);
const times = { startTime: "2031-03-01T10:00:00.000Z", endTime: "2031-03-01T11:00:00.000Z" };
const booking = await send("POST", `${url}/api/bookings`, { title: "B", resourceId, ...times }, accessToken);

// A user has at most fifty sockets, so they belong to many.
const tokens: string[] = [];
for (let n = 0; n < sockets / 50; n++) {
  const user = await send("POST", `${url}/api/users`, { email: `u${n}@example.com`, name: "U" }, accessToken);
  tokens.push((await send("POST", `${url}/api/users/${user.id}/tokens`, {}, accessToken)).accessToken ?? "");
}
const joinRoom = { event: "join-resource-room", data: { resourceId } };
const frame = JSON.stringify({
  event: "availability.changed",
  data: { resourceId, intervals: [times] },
  room: `resource:${resourceId}`,
  id: booking.id,
  cursor: "MTc5NTQ4ODAwMDAwMCA0Mg",
  time: times.startTime,
});
const clients = (address: string, input: object) =>
  start(["bench/fanout-clients.ts", address.replace("http", "ws"), String(sockets)], { input });
const oursClients = clients(`${url}/ws/`, { tokens, join: joinRoom });
const bareClients = clients(bareUrl, { tokens: [], join: {} });
await Promise.all([oursClients.printed(/ready\./), bareClients.printed(/ready\./)]);

/** Events a second over one round. */
async function round(from: number, tell: (n: number) => Promise<unknown>, heard: Process): Promise<number> {
  const began = performance.now();
  for (let n = from + 1; n <= from + eventsARound; n++) {
    await tell(n);
    await heard.printed(new RegExp(`event ${n}\\.`));
  }
  return (eventsARound * 1000) / (performance.now() - began);
}

const rates = { ours: [] as number[], limit: [] as number[] };
for (let n = 0; n < rounds; n++) {
  const from = n * eventsARound;
  const change = (event: number) =>
    send("PATCH", `${url}/api/bookings/${booking.id}`, { quantity: 1 + (event % 2) }, accessToken);
  rates.ours.push(await round(from, change, oursClients));
  rates.limit.push(await round(from, () => send("POST", bareUrl, frame), bareClients));
}
for (const each of [oursClients, bareClients, ours, bare]) each.kill();
rmSync(folder, { recursive: true, force: true });

report([
  {
    id: "P6",
    what: `an event to ${sockets} sockets`,
    ours: median(rates.ours),
    limit: median(rates.limit),
    unit: "/s",
    target: { least: 0.8 },
  },
]);
process.exit(0);
