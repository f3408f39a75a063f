import { beforeAll, expect, test } from "bun:test";
import { check } from "../history/check/all.ts";
import type { Evidence } from "../history/evidence.ts";
import { run } from "../history/run.ts";
import { type EngineName, onEachEngine } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";

const minute = 60_000;
const seed = sized("SEED", Math.floor(Math.random() * 2 ** 31));
/** Of all operations and kills, what runs on each engine: SQLite has one process to kill, Postgres five. */
const shares = { postgres: 0.65, sqlite: 0.35 };
const [operations, kills] = [sized("OPERATIONS", 2_400), sized("KILLS", 12)];

onEachEngine("a random history amid kill -9", (engine: EngineName) => {
  const share = shares[engine];
  const wanted = {
    engine,
    seed,
    operations: Math.round(operations * share),
    kills: Math.round(kills * share),
  };
  let evidence: Evidence;

  beforeAll(async () => {
    console.log(`TEST_SEED=${seed} repeats the choices of this run.`);
    await run(wanted, async (found) => {
      evidence = found;
    });
  }, 60 * minute);

  test("keeps every promise", () => {
    expect(check(evidence)).toEqual({});
    const { operations: all, log, kills: killed } = evidence;
    const told = Object.entries(killed).map(([name, count]) => `${count} of ${name}`);
    measured(
      "history",
      `${engine}, seed ${seed}: ${all.length} operations, ${log.length} events, kills: ${told.join(", ")}; nothing wrong`,
    );
  });
});
