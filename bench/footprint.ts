import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./process.ts";
import { quick, report } from "./report.ts";

/** P10: the compiled service at rest on SQLite: its memory, and its time to the first answer; against a compiled "ok". */
const [rounds, restMs] = quick ? [3, 1_000] : [7, 3_000];
const folder = mkdtempSync(join(tmpdir(), "booking-bench-"));
const bare = join(folder, "bare");
writeFileSync(
  join(folder, "bare.ts"),
  `Bun.serve({ port: Number(process.env.PORT), fetch: () => new Response("ok") });`,
);
await run([
  process.execPath,
  "build",
  "--compile",
  "--minify",
  "--bytecode",
  "--format=esm",
  join(folder, "bare.ts"),
  "--outfile",
  bare,
]);
await run([process.execPath, "run", "build"]);
const ours = [join(process.cwd(), "dist/booking"), "serve"];
let port = 20_000 + Math.floor(Math.random() * 10_000);

type Started = { ms: number; mebibytes: number };

/** Starts a program; gives the milliseconds to its first answer and, a while later, its resident mebibytes. */
async function start(command: string[]): Promise<Started> {
  port += 1;
  const began = performance.now();
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { PORT: String(port), LOG_LEVEL: "warn" },
    stdout: "ignore",
    stderr: "ignore",
  });
  while (!(await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null))) await Bun.sleep(2);
  const ms = performance.now() - began;
  await Bun.sleep(restMs);
  const pages = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);
  child.kill("SIGKILL");
  await child.exited;
  return { ms, mebibytes: pages / 1024 };
}

// The first start makes the database.
await start(ours);
const [of, ofBare] = [[], []] as [Started[], Started[]];
for (let n = 0; n < rounds; n++) {
  of.push(await start(ours));
  ofBare.push(await start([bare]));
}
const medians = (what: keyof Started) => ({
  ours: median(of.map((one) => one[what])),
  limit: median(ofBare.map((one) => one[what])),
});
const [memory, time] = [medians("mebibytes"), medians("ms")];
rmSync(folder, { recursive: true });
report([
  {
    id: "P10",
    what: "memory of serve at rest on SQLite, compiled",
    ...memory,
    unit: "MiB",
    target: { most: 3 },
  },
  { id: "P10", what: "its time from start to the first answer", ...time, unit: "ms", target: { most: 6 } },
]);
process.exit(0);

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdout: "ignore", stderr: "pipe" });
  const [fault, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(fault);
}
