import { afterAll, beforeAll, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, checkFor } from "../history/check/all.ts";
import { timelineOf } from "../history/check/timeline.ts";
import { corruptions } from "../history/corruptions/all.ts";
import { type Evidence, examine } from "../history/evidence.ts";
import { drop, overlap } from "../history/guard-off.ts";
import { loadRows } from "../history/rows.ts";
import { type Finished, run } from "../history/run.ts";
import { seeded } from "../history/seeded.ts";
import { onEachEngine } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";

const minute = 60_000;
const seed = sized("SEED", Math.floor(Math.random() * 2 ** 31));
const [operations, kills] = [sized("OPERATIONS", 1_000), sized("KILLS", 8)];
/** What runs on each engine: SQLite has one process to kill, Postgres five. */
const shares = { postgres: 0.65, sqlite: 0.35 };

onEachEngine("a random history amid kill -9", (engine) => {
  const part = (total: number) => Math.round(total * shares[engine]);
  let finished: Finished;
  let evidence: Evidence;

  beforeAll(async () => {
    console.log(`TEST_SEED=${seed} repeats the choices of this run.`);
    finished = await run({ engine, seed, operations: part(operations), kills: part(kills) });
    evidence = finished.evidence;
  }, 90 * minute);
  afterAll(() => finished?.remove());

  test(
    "keeps every promise",
    async () => {
      const problems = check(evidence);
      if (Object.keys(problems).length > 0) {
        const file = join(tmpdir(), `booking-history-${engine}-${seed}.json`);
        await Bun.write(file, JSON.stringify(evidence));
        console.log(`All that was asked, answered and found is in ${file}.`);
      }
      expect(problems).toEqual({});
      const killed = Object.entries(evidence.kills).map(([name, count]) => `${name} ${count}`);
      const figures = `${evidence.operations.length} operations, ${evidence.log.length} events`;
      measured("history", `${engine}, seed ${seed}: ${figures}, kills (${killed.join(", ")}): nothing wrong`);
    },
    10 * minute,
  );

  test.each(corruptions)(
    "would be found out if $what (mutant of the checker)",
    ({ found, apply }) => {
      const falsified = structuredClone(evidence);
      apply(falsified, seeded(seed), timelineOf(falsified));
      expect(checkFor(found, falsified)).not.toEqual([]);
    },
    10 * minute,
  );

  /** What the checks see when the database itself is falsified. */
  const examined = async (falsify: (url: string) => Promise<void>): Promise<Evidence> => {
    await falsify(finished.url);
    return { ...evidence, rows: await loadRows(finished.url), database: await examine(finished.url, "") };
  };

  test(
    "would be found out if two bookings overlapped in the database (mutant of the checker)",
    async () => {
      const falsified = await examined((url) => overlap(engine, url, evidence, seeded(seed)));
      expect(falsified.database.overlaps).toBeGreaterThan(0);
      expect(checkFor("rowsWithinCapacity", falsified)).not.toEqual([]);
      expect(checkFor("claimsAreBookings", falsified)).not.toEqual([]);
    },
    minute,
  );

  test(
    "would be found out if a row were gone from the database (mutant of the checker)",
    async () => {
      const falsified = await examined((url) => drop(url, evidence, seeded(seed)));
      expect(checkFor("logIsState", falsified)).not.toEqual([]);
    },
    minute,
  );
});
