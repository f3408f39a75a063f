import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { bundleEdge } from "../scripts/bundle-edge.ts";
import type { Rows } from "./bare-object.ts";
import { creates } from "./create.ts";
import type { Load } from "./http-load.ts";
import { alternate, quick, report } from "./report.ts";
import { ask, commonSettings, load, populate } from "./world.ts";

/**
 * P16: a booking made, with everything on, and a booking read, in an object in workerd that writes to a disk; by 32
 * clients. And what a request takes that wakes the object. The limits are of a bare object in the same worker: it writes
 * the same rows into the same tables, guards and all, reads the same row, and is woken by it.
 */
const [rounds, requests, wakes] = quick ? [2, 1_000, 7] : [5, 2_000, 25];
const resources = 200;

const { url, stop } = await startWorkerd();
const world = await populate(url, { resources });
const made = creates({ url, ...world }, requests);
const post = async (input: Load) => (await load(input, 201)).rate;
const ofBare = (input: Load): Load => ({
  ...input,
  requests: input.requests.map((request) => ({ ...request, path: "/bare/bookings" })),
});
await post(made);
await openBare();
await post(ofBare(made));
const creating = await alternate(
  rounds,
  () => post(creates({ url, ...world }, requests)),
  () => post(ofBare(made)),
);

const headers = { Authorization: `Bearer ${world.adminToken}` };
const [ours, bare] = await Promise.all([sideOf("/api/bookings"), sideOf("/bare/bookings")]);
await read(ours);
await read(bare);
const reading = await alternate(
  rounds,
  () => read(ours),
  () => read(bare),
);
const waking = await alternate(
  wakes,
  () => wake(ours),
  () => wake(bare),
);
await stop();
report([
  {
    id: "P16",
    what: "a booking made in an object, everything on",
    ...creating,
    unit: "/s",
    target: { least: 0.5 },
  },
  { id: "P16", what: "a booking read there", ...reading, unit: "/s", target: { least: 0.5 } },
  { id: "P16", what: "a booking read that wakes the object", ...waking, unit: "ms", target: { most: 3 } },
]);
process.exit(0);

async function startWorkerd() {
  const folder = mkdtempSync(join(tmpdir(), "booking-bench-"));
  const miniflare = new Miniflare({
    name: "bench",
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundleEdge("bench/edge-worker.ts") }],
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["nodejs_compat"],
    durableObjects: {
      BOOKING: { className: "BookingObject", useSQLite: true },
      REGISTRY: { className: "Registry", useSQLite: true },
      BARE: { className: "BareObject", useSQLite: true },
    },
    durableObjectsPersist: folder,
    serviceBindings: { HASHER: { name: "bench", entrypoint: "Hasher" } },
    bindings: {
      ...commonSettings,
      BOOKING_HOSTS: "127.0.0.1",
      JWT_SECRET_KEY: "a".repeat(64),
      REFRESH_JWT_SECRET_KEY: "r".repeat(64),
    },
    // Past Miniflare's own worker, which would be in the way of every request.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    // Every request is logged. Nobody reads it, but it is taken off.
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.resume();
      stderr.pipe(process.stderr);
    },
  });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { origin } = await miniflare.unsafeGetDirectURL();
  return { url: origin, stop: () => miniflare.dispose() };
}

/** The tables that a booking refers to, and rows that the program has just written. */
async function openBare(): Promise<void> {
  const answer = await fetch(url, { headers: { "X-Bench": "rows" } });
  await ask(url, "POST", "/bare/open", (await answer.json()) as Rows);
}

type Side = { path: string; ids: string[]; instance?: unknown };

async function sideOf(path: string): Promise<Side> {
  return { path, ids: (await tell(path, "ids")) as string[] };
}

async function tell(path: string, what: "ids" | "abort"): Promise<unknown> {
  const asked = path.startsWith("/bare/") ? `/bare/${what}` : "/";
  return (await fetch(url + asked, { headers: { "X-Bench": what } })).json();
}

async function read({ path, ids }: Side): Promise<number> {
  const one = (n: number) => ({ method: "GET", path: `${path}/${ids[n % ids.length]}`, headers });
  const input = { url, clients: 32, requests: Array.from({ length: requests }, (_, n) => one(n)) };
  return (await load(input, 200)).rate;
}

/** Milliseconds of the first request to an object that was reset. */
async function wake(side: Side): Promise<number> {
  const { path, ids } = side;
  const instance = await tell(path, "abort");
  if (instance === side.instance) throw new Error("The object was not reset.");
  side.instance = instance;
  await Bun.sleep(50);
  const began = performance.now();
  const answer = await fetch(`${url}${path}/${ids[0]}`, { headers });
  await answer.text();
  if (answer.status !== 200) throw new Error(`The woken object answered ${answer.status}.`);
  return performance.now() - began;
}
