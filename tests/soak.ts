/**
 * `bun run soak [G8 G11 …]`: guarantees at their full size, where CI takes a twentieth of it, and those of time, which
 * CI does not ask for. Without arguments all of them.
 */
const runs: Record<string, { file: string; name: string; env?: Record<string, string> }> = {
  G8: {
    file: "tests/faults/reminders.test.ts",
    name: "all arrive",
    env: { TEST_REMINDERS: "5000", TEST_REMINDER_SECONDS: "60" },
  },
  G10: { file: "tests/faults/reminders.test.ts", name: "G10" },
  G20: { file: "tests/http/hostile-input.test.ts", name: "never", env: { TEST_GENERATED: "450" } },
  G15: {
    file: "tests/faults/restart.test.ts",
    name: "is unseen",
    env: { TEST_RESTARTS: "5", TEST_SOCKETS: "200" },
  },
  G16: { file: "tests/faults/outage.test.ts", name: "G16", env: { TEST_OUTAGE_SECONDS: "60" } },
  G21: { file: "tests/faults/backup.test.ts", name: "G21", env: { TEST_OPERATIONS: "20000" } },
  G11: { file: "./tests/soak/on-time.soak.ts", name: "G11" },
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(runs);
const unknown = wanted.filter((id) => !(id in runs));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")} here, but ${Object.keys(runs).join(", ")}.`);
  process.exit(1);
}
const results: string[] = [];
for (const id of wanted) {
  const { file, name, env } = runs[id] as (typeof runs)[string];
  const args = [process.execPath, "tests/run.ts", file, "--test-name-pattern", name, "--timeout=1200000"];
  const child = Bun.spawn(args, { env: { ...process.env, ...env }, stdout: "inherit", stderr: "inherit" });
  results.push(`${id.padEnd(4)} ${(await child.exited) === 0 ? "passed" : "FAILED"}`);
}
console.log(results.join("\n"));
process.exit(results.some((line) => line.endsWith("FAILED")) ? 1 : 0);
