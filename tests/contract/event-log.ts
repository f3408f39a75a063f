import { describe, expect, test } from "bun:test";
import { slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { foldBookings, wholeLog } from "../support/fold.ts";
import { useHarness } from "../support/harness.ts";

export function eventLogSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("the event log", () => {
    test("folds up to the rows of the bookings", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 3 });
      for (let n = 0; n < 8; n++) {
        const { booking } = await bench.book(room, slot(n, n + 1));
        const moved = n % 2 ? await bench.move(booking, room, { ...slot(n, n + 2), title: "Moved" }) : null;
        if (n % 3 === 0) await bench.cancel(moved?.booking ?? booking);
      }
      const page = { limit: 100, sort: "createdAt" } as const;
      const { rows } = await bench.store.bookings.list(bench.actor.organizationId, {}, page);
      const folded = await foldBookings(bench.store);
      expect([...folded.values()].sort(byId)).toEqual(JSON.parse(JSON.stringify(rows)).sort(byId));
    });

    test("is read in pages, each event once and in commit order", async () => {
      const { store } = harness().context;
      const [inOnes, atOnce] = [await wholeLog(store, 1), await wholeLog(store, 10_000)];
      expect(inOnes.map((event) => event.id)).toEqual(atOnce.map((event) => event.id));
      expect(atOnce.length).toBeGreaterThan(10);
    });

    test("tells no secret", async () => {
      const events = await wholeLog(harness().context.store);
      expect(JSON.stringify(events)).not.toMatch(/passwordHash|argon2/);
    });
  });

  if (engine === "postgres") postgresSuite();

  /** What only a database with concurrent writers has to get right. */
  function postgresSuite(): void {
    test("the log shows nothing that an open transaction may still precede, and then all of it", async () => {
      const bench = await workbench(harness());
      const { SQL } = Bun;
      const late = new SQL(harness().database.url, { max: 1 });
      const organization = bench.actor.organizationId;
      const id = harness().context.newId();
      await late.unsafe("begin");
      await late.unsafe(`insert into events (id, organization_id, subject_type, subject_id, version, type, data, time)
        values ('${id}', '${organization}', 'user', '${id}', 1, 'user.created', '{}', now())`);
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 1));
      const before = await wholeLog(bench.store);
      expect(before.some((event) => event.subjectId === booking.id)).toBe(false);
      await late.unsafe("commit");
      await late.close();
      const order = (await wholeLog(bench.store)).map((event) => event.subjectId);
      expect(order.indexOf(id)).toBeGreaterThanOrEqual(before.length);
      expect(order.indexOf(id)).toBeLessThan(order.indexOf(booking.id));
    });

    test("a log from another cluster starts a new epoch, and its old rows stay visible and first", async () => {
      const bench = await workbench(harness());
      const { url } = harness().database;
      const before = (await wholeLog(bench.store)).map((event) => event.id);
      // As after a restore: the rows come from a cluster that had counted further than this one.
      await runSql(url, "update log_epoch set system_identifier = 'elsewhere'");
      await runSql(
        url,
        `alter table events disable trigger user; update events set xid = '999999999999'::xid8;
         alter table events enable trigger user`,
      );
      const { openStore } = await import("../../db/open.ts");
      const restored = await openStore(url, { pool: 1 });
      const room = await bench.resource();
      const after = (await wholeLog(restored)).map((event) => event.subjectId);
      expect(after).toHaveLength(before.length + 1);
      expect(after.at(-1)).toBe(room.id);
      await restored.close();
    });
  }
}

function byId(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return String(a.id) < String(b.id) ? -1 : 1;
}
