import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import { slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

export function claimsSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  /** A decision to book one resource in part 0 and the other in part 1. */
  const inTwoParts = async (capacities: [number, number]) => {
    const bench = await workbench(harness());
    const [room, desk] = [
      await bench.resource({ capacity: capacities[0] }),
      await bench.resource({ capacity: capacities[1] }),
    ];
    const { booking, change } = bench.decideBooking(room, slot(0, 1));
    const [claim] = change.insert?.claims ?? [];
    if (!claim) throw new Error("A booking claims nothing.");
    const second = { ...claim, part: 1, resourceId: desk.id };
    const both = { ...change, insert: { ...change.insert, claims: [claim, second] } };
    return { bench, room, desk, booking, both, claim, second };
  };

  describe("a booking with two claims", () => {
    test("takes both resources, and either is found by its own", async () => {
      const { bench, room, desk, booking, both } = await inTwoParts([1, 1]);
      expect(await bench.store.commit(both)).toBe("committed");
      for (const resource of [room, desk]) {
        expect((await bench.book(resource, slot(0.5, 2))).outcome).toBe("slot_taken");
        const found = await bench.store.bookings.overlapping(resource.id, slot(0, 1), 10);
        expect(found).toMatchObject([{ bookingId: booking.id, resourceId: resource.id }]);
      }
    });

    test("is refused whole when one of them is taken, and when both are on one resource", async () => {
      const { bench, room, desk, both, claim, second } = await inTwoParts([1, 1]);
      const onOne = {
        ...both,
        insert: { ...both.insert, claims: [claim, { ...second, resourceId: room.id }] },
      };
      expect(await bench.store.commit(onOne)).toBe("slot_taken");
      await bench.book(desk, slot(0, 1));
      expect(await bench.store.commit(both)).toBe("slot_taken");
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("committed");
    });

    test("changes one and leaves the other", async () => {
      const { bench, room, desk, both, second } = await inTwoParts([1, 1]);
      await bench.store.commit(both);
      const moved = { ...second, ...slot(4, 5) };
      expect(await bench.store.commit({ update: { claims: [moved] } })).toBe("committed");
      expect((await bench.book(desk, slot(0, 1))).outcome).toBe("committed");
      expect((await bench.book(desk, slot(4, 5))).outcome).toBe("slot_taken");
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("slot_taken");
    });
  });

  const onSqlite = engine === "sqlite" ? test : () => {};
  onSqlite("a refused booking leaves nothing to write", async () => {
    const bench = await workbench(harness());
    const room = await bench.resource();
    await bench.book(room, slot(0, 1));
    const written = () => statSync(`${harness().database.url.slice("sqlite:".length)}-wal`).size;
    const before = written();
    expect((await bench.book(room, slot(0, 1))).outcome).toBe("slot_taken");
    expect(written()).toBe(before);
  });

  test("a claim has the time of the decision that made it, and nothing else changes it", async () => {
    const bench = await workbench(harness());
    const room = await bench.resource();
    const circumstances = async ({ id }: Booking) => {
      const [row] = await runSql(
        harness().database.url,
        `select part, decided_at, expires_at, rules_version from claims where id = '${id}'`,
      );
      return { ...row, decided_at: new Date(row?.decided_at as number | Date) };
    };
    const others = { part: 0, expires_at: null, rules_version: null };
    const { booking } = await bench.book(room, slot(0, 1));
    expect(await circumstances(booking)).toEqual({ ...others, decided_at: booking.createdAt });
    harness().clock.advance(60_000);
    const renamed = (await bench.move(booking, room, { title: "Another" })).booking;
    expect(await circumstances(renamed)).toEqual({ ...others, decided_at: booking.createdAt });
    harness().clock.advance(60_000);
    const moved = (await bench.move(renamed, room, slot(2, 3))).booking;
    expect(moved.updatedAt).not.toEqual(booking.createdAt);
    expect(await circumstances(moved)).toEqual({ ...others, decided_at: moved.updatedAt });
  });
}
