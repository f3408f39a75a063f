import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { missummed } from "../faults/invariants.ts";
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
