import { median } from "./process.ts";
import { quick, report } from "./report.ts";
import { load, openWorld, type World } from "./world.ts";

/** P8: 48 clients want one slot; how long the slowest in a hundred waits, against one client alone whose slots are free. */
const [rounds, requests] = quick ? [3, 2_000] : [5, 5_000];

const world = await openWorld("postgres", { resources: 2 });
let slot = 0;

function creates({ url, tokens, resources }: World, clients: number, count: number, contended: boolean) {
  const request = (n: number) => {
    const start = Date.UTC(2031, 0, 1) + (contended ? slot : slot + n) * 3_600_000;
    return {
      method: "POST",
      path: "/api/bookings",
      headers: { Authorization: `Bearer ${tokens[n % tokens.length]}` },
      body: {
        title: "Hot",
        resourceId: resources[contended ? 0 : 1],
        startTime: new Date(start).toISOString(),
        endTime: new Date(start + 1_800_000).toISOString(),
      },
    };
  };
  const requests = Array.from({ length: count }, (_, n) => request(n));
  slot += contended ? 1 : count;
  return load({ url, clients, requests });
}

// Both ways are warm before they count.
await creates(world, 8, 500, false);
await creates(world, 48, requests, true);
const [ours, limit]: [number[], number[]] = [[], []];
for (let n = 0; n < rounds; n++) {
  const contended = await creates(world, 48, requests, true);
  if (contended.statuses["201"] !== 1)
    throw new Error(`One slot was sold ${contended.statuses["201"]} times.`);
  ours.push(contended.p99);
  limit.push((await creates(world, 1, 500, false)).p50);
}
await world.close();
report([
  {
    id: "P8",
    what: "48 clients on one slot: p99, to the median of one alone",
    ours: median(ours),
    limit: median(limit),
    unit: "ms",
    target: { most: 5 },
  },
]);
process.exit(0);
