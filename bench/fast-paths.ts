import { ofRequest } from "./cost.ts";
import { type Comparison, comparisons } from "./fast-ways.ts";
import { median } from "./process.ts";
import { alternate, quick } from "./report.ts";
import { openWorld, type World } from "./world.ts";

/**
 * `bun bench/fast-paths.ts [--quick]`: what we wrote ourselves to be fast, against a library or the plain way. For each:
 * what it adds to a request, ours and theirs, how many times as much theirs is, and what share of a whole signed-in
 * request the difference would be. All in one run, in alternating rounds. Needs Linux, and no database server.
 */
const rounds = quick ? 5 : 41;

type Costs = { name: string; ours: number; library: number };

const world = await openWorld("sqlite");
await wholeRequest(world);
const wholes: number[] = [];
const found: Costs[] = [];
for (const comparison of await comparisons()) {
  found.push(await compare(comparison));
  for (let n = 0; n < 3; n++) wholes.push(await wholeRequest(world));
}
await world.close();
const whole = median(wholes);
const heads = ["ours", "library", "ratio", "share"];
console.log(["µs for each request".padEnd(34), ...heads.map((head) => head.padStart(10))].join(""));
for (const costs of found) console.log(lineOf(costs));
console.log(`${"a whole signed-in request".padEnd(34)}${whole.toFixed(2).padStart(10)}`);
process.exit(0);

function lineOf({ name, ours, library }: Costs): string {
  const share = `${((100 * (library - ours)) / whole).toFixed(1)} %`;
  const figures = [ours.toFixed(2), library.toFixed(2), (library / ours).toFixed(1), share];
  return name.padEnd(34) + figures.map((figure) => figure.padStart(10)).join("");
}

/** The service's own time for `GET /api/auth/me`, which touches no database. */
function wholeRequest({ url, adminToken, server }: World): Promise<number> {
  const headers = { Authorization: `Bearer ${adminToken}` };
  return ofRequest(url, { method: "GET", path: "/api/auth/me", headers }, server.pid);
}

async function compare({ name, ours, library }: Comparison): Promise<Costs> {
  for (const cost of [ours, library]) await cost();
  const { ours: mine, limit } = await alternate(rounds, ours, library);
  return { name, ours: mine, library: limit };
}
