import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

export function capacitySuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("capacity", () => {
    test("is never passed, and nothing that fits is refused", async () => {
      const bench = await workbench(harness());
      const step = fc.tuple(
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 5 }),
          fc.array(step, { maxLength: 12 }),
          async (capacity, steps) => {
            const room = await bench.resource({ capacity });
            const taken: number[] = Array(24).fill(0);
            for (const [from, length, quantity] of steps) {
              if (quantity > capacity) continue;
              const hours = Array.from({ length }, (_, n) => from + n);
              const free = hours.every((h) => (taken[h] ?? 0) + quantity <= capacity);
              const { outcome } = await bench.book(room, slot(from, from + length, quantity));
              expect(outcome).toBe(free ? "committed" : "slot_taken");
              if (free) for (const h of hours) taken[h] = (taken[h] ?? 0) + quantity;
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    test("can't go below what is booked ahead, and can where only the past holds more", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 5 });
      await bench.book(room, slot(0, 2, 2));
      await bench.book(room, slot(1, 3, 2));
      await bench.book(room, {
        startTime: new Date("2020-01-01"),
        endTime: new Date("2020-01-02"),
        quantity: 5,
      });
      expect((await bench.changeResource(room, { capacity: 3 })).outcome).toBe("resource_in_use");
      expect((await bench.changeResource(room, { capacity: 4 })).outcome).toBe("committed");
    });

    test("of one, several, and one again is guarded at each step", async () => {
      const bench = await workbench(harness());
      const single = await bench.resource({ capacity: 1 });
      const { booking } = await bench.book(single, slot(0, 1));
      const wide = await bench.changeResource(single, { capacity: 2 });
      expect(wide.outcome).toBe("committed");
      const second = await bench.book(wide.resource, slot(0, 1));
      expect(second.outcome).toBe("committed");
      expect((await bench.book(wide.resource, slot(0, 1))).outcome).toBe("slot_taken");
      expect((await bench.changeResource(wide.resource, { capacity: 1 })).outcome).toBe("resource_in_use");
      await bench.cancel(booking);
      const narrow = await bench.changeResource(wide.resource, { capacity: 1 });
      expect(narrow.outcome).toBe("committed");
      expect((await bench.book(narrow.resource, slot(0, 1))).outcome).toBe("slot_taken");
      expect((await bench.move(second.booking, narrow.resource, { title: "Same slot" })).outcome).toBe(
        "committed",
      );
    });

    test("narrows to one where a claim that has ended shared with one that goes on", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 2 });
      const [yesterday, now] = [new Date("2026-12-31T00:00:00Z"), harness().clock.now()];
      await bench.book(room, { startTime: yesterday, endTime: hour(0) });
      await bench.book(room, { startTime: yesterday, endTime: new Date(now.getTime() - 1) });
      const narrow = await bench.changeResource(room, { capacity: 1 });
      expect(narrow.outcome).toBe("committed");
      expect((await bench.book(narrow.resource, { startTime: now, endTime: hour(0) })).outcome).toBe(
        "slot_taken",
      );
    });
  });

  describe("a resource", () => {
    test("can't be deleted with bookings ahead, and can with bookings behind", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 1));
      expect((await bench.deleteResource(room)).outcome).toBe("resource_in_use");
      await bench.cancel(booking);
      await bench.book(room, { startTime: new Date("2020-01-01"), endTime: new Date("2020-01-02") });
      expect((await bench.deleteResource(room)).outcome).toBe("committed");
      expect(await bench.store.resources.byId(bench.actor.organizationId, room.id)).toBeNull();
    });

    test("keeps its version when it is booked", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      await bench.book(room, slot(0, 1));
      expect((await bench.store.resources.byId(bench.actor.organizationId, room.id))?.version).toBe(1);
    });
  });
}
