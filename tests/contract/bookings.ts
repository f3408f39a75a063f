import { describe, expect, test } from "bun:test";
import { hour, slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { addOrganization, useHarness } from "../support/harness.ts";

export function bookingSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("a slot", () => {
    test("ends where the next begins", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      for (const [from, to] of [
        [2, 3],
        [3, 4],
        [1, 2],
      ] as const) {
        expect((await bench.book(room, slot(from, to))).outcome).toBe("committed");
      }
    });

    test.each([
      [1, 3],
      [0, 1.5],
      [1.9, 9],
      [1.2, 1.4],
      [0, 9],
      [1, 2],
    ])("refuses an overlap: %p to %p", async (from, to) => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      await bench.book(room, slot(1, 2));
      expect((await bench.book(room, slot(from, to))).outcome).toBe("slot_taken");
    });

    test("is seen from a year away: the longest booking blocks its last millisecond", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      expect((await bench.book(room, slot(0, 366 * 24))).outcome).toBe("committed");
      const last = { startTime: new Date(hour(366 * 24).getTime() - 1), endTime: hour(366 * 24 + 1) };
      expect((await bench.book(room, last)).outcome).toBe("slot_taken");
      expect((await bench.book(room, slot(366 * 24, 366 * 24 + 1))).outcome).toBe("committed");
    });

    test("is free again after a cancel, and only then", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 1));
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("slot_taken");
      await bench.cancel(booking);
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("committed");
    });

    test("is kept when a move is refused, and given up when it succeeds", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 2));
      await bench.book(room, slot(5, 6));
      expect((await bench.move(booking, room, slot(4, 6))).outcome).toBe("slot_taken");
      expect((await bench.book(room, slot(1, 2))).outcome).toBe("slot_taken");
      expect((await bench.move(booking, room, slot(1, 3))).outcome).toBe("committed");
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("committed");
    });

    test("moves to another resource in one step", async () => {
      const bench = await workbench(harness());
      const [room, other] = [await bench.resource(), await bench.resource()];
      const { booking } = await bench.book(room, slot(0, 1));
      expect((await bench.move(booking, other, {})).outcome).toBe("committed");
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("committed");
      expect((await bench.book(other, slot(0, 1))).outcome).toBe("slot_taken");
    });
  });

  describe("SQL by hand", () => {
    test("can't insert or move a claim over another, nor bring a cancelled one back", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const first = await bench.book(room, slot(0, 1));
      const second = await bench.book(room, slot(2, 3));
      const { url } = harness().database;
      const copy = `update claims set start_time = (select start_time from claims where id = '${first.booking.id}'),
        end_time = (select end_time from claims where id = '${first.booking.id}') where id = '${second.booking.id}'`;
      await expect(runSql(url, copy)).rejects.toThrow();
      await bench.cancel(first.booking);
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("committed");
      const revive = `update claims set blocking = ${engine !== "postgres" ? "1" : "true"} where id = '${first.booking.id}'`;
      await expect(runSql(url, revive)).rejects.toThrow();
    });

    test("can't claim for another organization's resource, nor for a deleted one", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const other = await addOrganization(harness());
      const foreign = bench.decideBooking(room, slot(0, 1));
      for (const claim of foreign.change.insert?.claims ?? []) claim.organizationId = other.id;
      expect(await bench.store.commit(foreign.change)).toBe("resource_gone");
      await bench.deleteResource(room);
      expect((await bench.book(room, slot(0, 1))).outcome).toBe("resource_gone");
    });
  });

  test("every read keeps to its organization", async () => {
    const bench = await workbench(harness());
    const room = await bench.resource();
    const { booking } = await bench.book(room, slot(0, 1));
    const other = await addOrganization(harness());
    expect(await bench.store.bookings.byId(other.id, booking.id)).toBeNull();
    expect(await bench.store.resources.byId(other.id, room.id)).toBeNull();
    expect(await bench.store.users.byId(other.id, bench.person.id)).toBeNull();
    const firstPage = { limit: 10, sort: "version" } as const;
    expect((await bench.store.events.ofSubject(other.id, booking.id, firstPage)).rows).toEqual([]);
    const page = { limit: 10, sort: "createdAt" } as const;
    expect((await bench.store.bookings.list(other.id, {}, page)).rows).toEqual([]);
    expect((await bench.store.resources.list(other.id, {}, page)).rows).toEqual([]);
    expect((await bench.store.users.list(other.id, {}, page)).rows).toEqual([]);
  });
}
