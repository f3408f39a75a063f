import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import postgres from "postgres";
import { missummed, overbooked } from "../faults/invariants.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

export function occupancySuite(engine: EngineName): void {
  const harness = useHarness(engine);
  const url = () => harness().database.url;

  describe("what is taken of a resource", () => {
    test("is the sum of its claims, whatever is booked, moved, changed and cancelled", async () => {
      const bench = await workbench(harness());
      const rooms = [await bench.resource({ capacity: 4 }), await bench.resource({ capacity: 4 })];
      const step = fc.record({
        act: fc.constantFrom("book", "move", "resize", "cancel"),
        room: fc.nat({ max: 1 }),
        which: fc.nat(),
        from: fc.integer({ min: -400, max: 12 }),
        length: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 24, max: 800 })),
        quantity: fc.integer({ min: 1, max: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20 }), async (steps) => {
          const open: Awaited<ReturnType<typeof bench.book>>["booking"][] = [];
          for (const { act, room, which, from, length, quantity } of steps) {
            const [on, at] = [rooms[room] as (typeof rooms)[0], which % Math.max(1, open.length)];
            const booking = open[at];
            const wanted = slot(from, from + length, quantity);
            const done =
              act === "book" || !booking
                ? await bench.book(on, wanted)
                : act === "cancel"
                  ? await bench.cancel(booking)
                  : await bench.move(booking, on, act === "move" ? wanted : { quantity });
            if (done.outcome !== "committed") continue;
            if (act === "book" || !booking) open.push(done.booking);
            else if (act === "cancel") open.splice(at, 1);
            else open[at] = done.booking;
          }
          expect(await missummed(url())).toBe(0);
          for (const booking of open) await bench.cancel(booking);
          for (const { id } of rooms)
            expect(await bench.store.resources.busy(id, slot(-10_000, 10_000))).toEqual([]);
        }),
        { numRuns: 15 },
      );
    });

    test("is told in merged steps that touch the interval, half-open", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 5 });
      await bench.book(room, slot(0, 2, 2));
      await bench.book(room, slot(2, 4, 2));
      await bench.book(room, slot(3, 6, 1));
      await bench.book(room, slot(8, 9, 5));
      const busy = async (from: number, to: number) =>
        (await bench.store.resources.busy(room.id, slot(from, to))).map(
          ({ startTime, endTime, quantity }) => [
            (startTime.getTime() - hour(0).getTime()) / 3_600_000,
            (endTime.getTime() - hour(0).getTime()) / 3_600_000,
            quantity,
          ],
        );
      const all = [
        [0, 3, 2],
        [3, 4, 3],
        [4, 6, 1],
        [8, 9, 5],
      ];
      expect(await busy(-5, 20)).toEqual(all);
      expect(await busy(1, 3)).toEqual(all.slice(0, 1));
      expect(await busy(3, 3.5)).toEqual(all.slice(1, 2));
      expect(await busy(5, 8)).toEqual(all.slice(2, 3));
      expect(await busy(6, 8)).toEqual([]);
      expect(await busy(9, 20)).toEqual([]);
    });

    test("is written by nobody but the claims' guard: rows deleted by hand give it back too", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 2 });
      const { booking } = await bench.book(room, slot(0, 4));
      await bench.book(room, slot(2, 6));
      await runSql(url(), `delete from claims where id = '${booking.id}'`);
      expect(await bench.store.resources.busy(room.id, slot(0, 9))).toEqual([slot(2, 6)]);
      expect(await missummed(url())).toBe(0);
    });

    test("stays the sum when claims are inserted twice, replaced or truncated by hand", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 5 });
      const { booking } = await bench.book(room, slot(0, 4));
      const columns =
        "id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at";
      const copy = `into claims (${columns}) select ${columns} from claims where id = '${booking.id}'`;
      if (engine === "postgres") {
        await runSql(url(), `insert ${copy} on conflict do nothing`);
        await runSql(url(), `insert ${copy} on conflict (id, part) do update set quantity = 3`);
        expect(await bench.store.resources.busy(room.id, slot(0, 9))).toEqual([slot(0, 4, 3)]);
        await runSql(url(), "truncate claims");
        expect(await bench.store.resources.busy(room.id, slot(0, 9))).toEqual([]);
      } else {
        for (const verb of ["insert or replace", "insert or ignore", "insert"]) {
          await expect(runSql(url(), `${verb} ${copy}`)).rejects.toThrow(
            "UNIQUE constraint failed: claims.id, claims.part",
          );
        }
        expect(await bench.store.resources.busy(room.id, slot(0, 9))).toEqual([slot(0, 4)]);
      }
      expect(await missummed(url())).toBe(0);
    });
  });

  describe("claims written by hand", () => {
    const columns =
      "id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at";
    /** The claim of a booking again, with some columns changed. */
    const copied = (id: string, changes: Record<string, string>) =>
      `insert into claims (${columns}) select ${columns
        .split(", ")
        .map((column) => changes[column] ?? column)
        .join(", ")} from claims where id = '${id}'`;

    test("two in one statement count one another", async () => {
      const bench = await workbench(harness());
      const [room, other] = [await bench.resource({ capacity: 3 }), await bench.resource()];
      const { booking } = await bench.book(other, slot(0, 1));
      const two = (quantity: number) =>
        copied(booking.id, { part: "n", quantity: String(quantity), resource_id: `'${room.id}'` }).replace(
          "from claims",
          "from (select 1 as n union all select 2) as numbers, claims",
        );
      await expect(runSql(url(), two(2))).rejects.toThrow(/taken|claims_within_capacity/);
      await runSql(url(), two(1));
      expect(await bench.store.resources.busy(room.id, slot(0, 9))).toEqual([slot(0, 1, 2)]);
      expect(await missummed(url())).toBe(0);
    });

    if (engine === "postgres") {
      test("count where another transaction deletes or inserts the same id", async () => {
        const bench = await workbench(harness());
        const [full, other] = [await bench.resource({ capacity: 2 }), await bench.resource()];
        await bench.book(full, slot(0, 1, 2));
        const { booking } = await bench.book(other, slot(0, 1));
        const stranger = postgres(url(), { max: 1, onnotice: () => {} });
        await stranger.unsafe(`begin; delete from claims where id = '${booking.id}'`);
        const values = `'${booking.id}', 0, '${bench.actor.organizationId}', '${full.id}', '${hour(0).toISOString()}',
          '${hour(1).toISOString()}', 2, true, now()`;
        const insert = `insert into claims (${columns}) values (${values})`;
        const written = runSql(url(), insert).then(
          () => "written",
          () => "refused",
        );
        await Bun.sleep(100);
        await stranger.unsafe("commit");
        await stranger.end();
        expect(await written).toBe("refused");
        expect([await overbooked(url()), await missummed(url())]).toEqual([0, 0]);
      });

      test("are all gone after a truncate, whatever its snapshot has seen", async () => {
        const bench = await workbench(harness());
        const room = await bench.resource();
        const stranger = postgres(url(), { max: 1, onnotice: () => {} });
        await stranger.unsafe("begin isolation level repeatable read; select count(*) from bookings");
        await bench.book(room, slot(0, 1));
        await stranger.unsafe("truncate claims; commit");
        await stranger.end();
        expect(await missummed(url())).toBe(0);
      });
    } else {
      test("keep their id, and a resource is not replaced", async () => {
        const bench = await workbench(harness());
        const room = await bench.resource({ capacity: 2 });
        const [one, two] = [await bench.book(room, slot(0, 1)), await bench.book(room, slot(0, 1))];
        for (const statement of [
          `update or replace claims set id = '${one.booking.id}' where id = '${two.booking.id}'`,
          `insert or replace into resources select * from resources where id = '${room.id}'`,
        ])
          await expect(runSql(url(), statement)).rejects.toThrow(/keeps its id|UNIQUE constraint failed/);
        expect(await missummed(url())).toBe(0);
      });
    }
  });

  describe("conflicts", () => {
    test("are found however long ago they began, no more than asked for", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 50 });
      const starts = [-366 * 24 + 1, -100 * 24, -25, -24, -23.5, -1, 0, 0.5];
      for (const start of starts) await bench.book(room, slot(start, 1));
      for (const [from, to] of [
        [-24, 0],
        [-366 * 24, 0],
        [-30, -5],
        [1, 5],
      ] as const)
        await bench.book(room, slot(from, to));
      const found = await bench.store.bookings.overlapping(room.id, slot(0, 1), 100);
      expect(found.map(({ startTime }) => startTime)).toEqual(starts.map(hour));
      expect(await bench.store.bookings.overlapping(room.id, slot(0, 1), 3)).toHaveLength(3);
    });
  });
}
