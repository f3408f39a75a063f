import { join } from "node:path";

/**
 * `bun run soak [G1 G8 …]`: guarantees at their full size, where CI takes a twentieth of it, and those of time and of growth,
 * which CI does not ask for. Without arguments all of them, in less than two hours. Ends with a table of what was found.
 * A size set in the environment wins: `TEST_OPERATIONS=5000 TEST_KILLS=30 TEST_SEED=7 bun run soak history`.
 */
type Run = { id: string; promise: string; file: string; name: string; sizes?: Record<string, number> };

const soaks: Run[] = [
  {
    id: "G1",
    promise: "no double booking, no false refusal, no deadlock (G1, G4, G6, G13)",
    file: "tests/faults/double-booking.test.ts",
    name: "64 clients on 3 resources",
    sizes: { OPERATIONS: 20_000 },
  },
  {
    id: "G2",
    promise: "no overbooking",
    file: "tests/faults/overbooking.test.ts",
    name: "G2",
    sizes: { OPERATIONS: 10_000 },
  },
  {
    id: "G3",
    promise: "acknowledged is durable, whatever is killed",
    file: "tests/faults/kill.test.ts",
    name: "loses nothing",
    sizes: { KILLS: 5, OPERATIONS: 20_000 },
  },
  {
    id: "G5",
    promise: "one key, one booking",
    file: "tests/faults/same-key.test.ts",
    name: "G5",
    sizes: { KEYS: 500 },
  },
  { id: "G7", promise: "a hot slot stays fast", file: "./tests/soak/hot-slot.soak.ts", name: "G7" },
  {
    id: "G8",
    promise: "no reminder lost, none sent twice (G8, G9)",
    file: "tests/faults/reminders.test.ts",
    name: "all arrive",
    sizes: { REMINDERS: 5_000, REMINDER_SECONDS: 60 },
  },
  {
    id: "G10",
    promise: "none for what moved or was cancelled",
    file: "tests/faults/reminders.test.ts",
    name: "G10",
  },
  { id: "G11", promise: "reminders on time", file: "./tests/soak/on-time.soak.ts", name: "G11" },
  {
    id: "G12",
    promise: "no event lost",
    file: "tests/faults/live.test.ts",
    name: "G12",
    sizes: { SOCKETS: 200, EVENTS: 10_000, KILLS: 5 },
  },
  { id: "G14", promise: "a slow reader harms nobody", file: "./tests/soak/slow-reader.soak.ts", name: "G14" },
  {
    id: "G15",
    promise: "a rolling restart is unseen",
    file: "tests/faults/restart.test.ts",
    name: "is unseen",
    sizes: { RESTARTS: 5, SOCKETS: 200 },
  },
  {
    id: "G16",
    promise: "an outage degrades",
    file: "tests/faults/outage.test.ts",
    name: "G16",
    sizes: { OUTAGE_SECONDS: 60 },
  },
  { id: "G17", promise: "nobody gets in", file: "tests/http/matrix.test.ts", name: "G17" },
  {
    id: "G18",
    promise: "a stolen refresh token ends the family",
    file: "tests/http/stolen-token.test.ts",
    name: "G18",
    sizes: { FAMILIES: 100 },
  },
  { id: "G19", promise: "revocation bites", file: "tests/http/revocation.test.ts", name: "G19" },
  {
    id: "G19",
    promise: "revocation bites on other instances",
    file: "tests/e2e/revocation.test.ts",
    name: "G19",
  },
  {
    id: "G20",
    promise: "no 5xx from input",
    file: "tests/http/hostile-input.test.ts",
    name: "never",
    sizes: { GENERATED: 450 },
  },
  {
    id: "G21",
    promise: "a backup restores",
    file: "tests/faults/backup.test.ts",
    name: "G21",
    sizes: { OPERATIONS: 20_000 },
  },
  { id: "G22", promise: "migrations are safe", file: "tests/faults/migrations.test.ts", name: "G22" },
  {
    id: "G44",
    promise: "erasure is complete and final",
    file: "tests/faults/erasure.test.ts",
    name: "leaves no trace",
    sizes: { ERASURES: 10, ERASED_BOOKINGS: 40 },
  },
  { id: "G24", promise: "nothing leaks", file: "./tests/soak/leak.soak.ts", name: "G24" },
  {
    id: "history",
    promise: "a random history amid kills of everything keeps every promise",
    file: "tests/faults/history.test.ts",
    name: "keeps every promise|in the database|from the database",
    sizes: { OPERATIONS: 40_000, KILLS: 170 },
  },
];

const known = [...new Set(soaks.map(({ id }) => id))];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = wanted.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")} here, but ${known.join(", ")}.`);
  process.exit(2);
}

type Row = { id: string; promise: string; passed: boolean; seconds: number; figures: string[] };

async function soak({ id, promise, file, name, sizes = {} }: Run): Promise<Row> {
  const began = performance.now();
  const env = Object.fromEntries(
    Object.entries(sizes).map(([size, value]) => [`TEST_${size}`, String(value)]),
  );
  const runner = join(import.meta.dir, "run.ts");
  const child = Bun.spawn(
    [process.execPath, runner, file, "--test-name-pattern", name, "--timeout=3600000"],
    { env: { ...env, ...process.env, TEST_SOAK: "1" }, stdout: "pipe", stderr: "inherit" },
  );
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    process.stdout.write(chunk);
  }
  const figures = [...text.matchAll(/^((?:G\d+|history): .*)$/gm)].map(([, figure = ""]) => figure);
  const passed = (await child.exited) === 0;
  return { id, promise, passed, seconds: Math.round((performance.now() - began) / 1000), figures };
}

const rows: Row[] = [];
for (const run of soaks.filter(({ id }) => wanted.includes(id))) rows.push(await soak(run));

console.log("\n| # | promise | result | found | s |\n| - | - | - | - | - |");
for (const { id, promise, passed, seconds, figures } of rows)
  console.log(`| ${id} | ${promise} | ${passed ? "holds" : "FAILED"} | ${figures.join("; ")} | ${seconds} |`);
process.exit(rows.every(({ passed }) => passed) ? 0 : 1);
