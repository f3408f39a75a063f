import { lineOf, type Result } from "./report.ts";

/**
 * `bun run bench [P1 P3 …] [--quick] [--json]`: every figure of `bench/README.md`, one after the other on one machine, as
 * one table: what, ours, the limit that was measured in the same run, their ratio, the target.
 */
const benches: { ids: string[]; command: string[] }[] = [
  { ids: ["P1"], command: ["bench/create.ts"] },
  { ids: ["P2"], command: ["bench/create.ts", "--sqlite"] },
  { ids: ["P3", "P4", "P5"], command: ["bench/read.ts"] },
  { ids: ["P6"], command: ["bench/fanout.ts"] },
  { ids: ["P7"], command: ["bench/reminders.ts"] },
  { ids: ["P8"], command: ["bench/hot-slot.ts"] },
  { ids: ["P9"], command: ["bench/growth.ts"] },
  { ids: ["P10"], command: ["bench/footprint.ts"] },
  { ids: ["P11"], command: ["bench/overload.ts"] },
  { ids: ["P16"], command: ["bench/edge.ts"] },
  { ids: ["P17"], command: ["bench/busy.ts"] },
  { ids: ["P18"], command: ["bench/first-poll.ts"] },
  { ids: ["P19"], command: ["bench/sessions.ts"] },
];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const options = process.argv.slice(2).filter((argument) => argument === "--quick");
const known = benches.flatMap(({ ids }) => ids);
const unknown = wanted.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")} here, but ${known.join(", ")}.`);
  process.exit(2);
}
const json = process.argv.includes("--json");
const head = `${"".padEnd(62)}${"ours".padStart(14)}${"limit".padStart(14)}${"ratio".padStart(8)}  target`;
if (!json) console.log(head);
const results: Result[] = [];
let broken = false;
for (const { ids, command } of benches) {
  if (wanted.length > 0 && !ids.some((id) => wanted.includes(id))) continue;
  const child = Bun.spawn([process.execPath, ...command, ...options, "--json"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  const line = text.trim().split("\n").at(-1) ?? "";
  if (code === 0) {
    const found = JSON.parse(line) as Result[];
    results.push(...found);
    if (!json) console.log(found.map(lineOf).join("\n"));
  } else {
    broken = true;
    console.error(`${ids.join(", ")} ended with ${code}.`);
  }
}
if (json) console.log(JSON.stringify(results));
process.exit(broken ? 1 : 0);
