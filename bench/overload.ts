import { residentMebibytes } from "../tests/support/resident-memory.ts";
import { creates } from "./create.ts";
import type { OpenLoad } from "./open-load.ts";
import { start } from "./process.ts";
import { alternate, quick, report } from "./report.ts";
import { load, openWorld } from "./world.ts";

/**
 * Ten times as many bookings wanted as can be made: how many are made each second, against the most that can be
 * (32 clients, each of which waits for its answer), in alternating rounds; and the memory afterwards, against that before.
 */
const [rounds, seconds, requests] = quick ? [1, 4, 3_000] : [3, 10, 10_000];
const sockets = 2_000;

const world = await openWorld("postgres", { resources: 1_000 });
const { url, tokens, resources, server } = world;
const peak = async () => (await load(creates(world, requests), 201)).rate;
const sustainable = await peak();
const before = residentMebibytes(server.pid);
let most = before;
let base = Date.UTC(2050, 0, 1);
const statuses: Record<string, number> = {};
const overloaded = async () => {
  const input: OpenLoad = { url, rate: sustainable * 10, seconds, sockets, tokens, resources, base };
  base += 50 * 86_400_000;
  const watching = setInterval(() => {
    most = Math.max(most, residentMebibytes(server.pid));
  }, 100);
  const child = start(["bench/open-load.ts"], { input });
  const answered = JSON.parse(await child.printed(/answered (.*)\n/)) as Record<string, number>;
  clearInterval(watching);
  // What is still under way ends before somebody else is measured.
  await Bun.sleep(3_000);
  for (const [status, n] of Object.entries(answered)) statuses[status] = (statuses[status] ?? 0) + n;
  return (answered["201"] ?? 0) / seconds;
};
const rates = await alternate(rounds, overloaded, peak);
await world.close();
console.error(`At ten times the rate: ${JSON.stringify(statuses)}`);
report([
  {
    id: "P11",
    what: "bookings made at ten times the sustainable rate",
    ...rates,
    unit: "/s",
    target: { least: 0.7 },
  },
  {
    id: "P11",
    what: "memory then at its most, to that at work",
    ours: most,
    limit: before,
    unit: "MiB",
    target: { most: 3 },
  },
]);
process.exit(0);
