import { describe, expect, test } from "bun:test";
import { asSkipped, leaseMs } from "../../src/domain/tasks/task.ts";
import { hour, slot } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { atStart, kind, leaseAt, useLedger } from "../support/ledger.ts";

/** The ledger of tasks: who may do what, and when. */
export function ledgerSuite(engine: EngineName): void {
  describe("the ledger of tasks", () => {
    const { open, leaseOne } = useLedger(engine);

    test("one lease at a time, none before its time, and the next one when that has run out", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      expect(await ledger.lease(kind, [id], leaseAt(new Date(hour(1).getTime() - 1)))).toEqual([]);
      const leases = await Promise.all([1, 2, 3].map(() => ledger.lease(kind, [id], leaseAt(hour(1)))));
      expect(leases.flat()).toMatchObject([{ id, state: "leased", attempts: 1 }]);
      const over = new Date(hour(1).getTime() + leaseMs);
      expect(await ledger.lease(kind, [id], leaseAt(new Date(over.getTime() - 1)))).toEqual([]);
      expect(await ledger.leaseDue(kind, 10, leaseAt(over))).toMatchObject([{ id, attempts: 2 }]);
    });

    test("nobody gets a task of another kind", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      expect(await ledger.lease("email-reminder", [id], leaseAt(hour(1)))).toEqual([]);
      const due = await ledger.leaseDue("email-reminder", 100, leaseAt(hour(1)));
      expect(due.map((task) => task.id)).not.toContain(id);
    });

    test("a lease that another one followed concludes nothing", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      const late = await leaseOne(id, leaseAt(hour(1)));
      const over = new Date(hour(1).getTime() + leaseMs);
      const latest = await leaseOne(id, leaseAt(over));
      await ledger.conclude(asSkipped(late, "too late to say so", over));
      expect(await only(booking.id)).toEqual(latest);
      await ledger.conclude(asSkipped(latest, "nobody there", over));
      expect(await only(booking.id)).toMatchObject({
        state: "skipped",
        reason: "nobody there",
        attemptAt: null,
      });
    });

    test("queues are told what comes soon once, what they lost again, and all of it after they were emptied", async () => {
      const { book, room, only, ledger } = await open();
      const soon = (await book(room, { ...slot(100, 101), ...atStart })).booking;
      const later = (await book(room, { ...slot(102, 103), ...atStart })).booking;
      const [first, second] = [await only(soon.id), await only(later.id)];
      const toQueue = async (now: Date) => {
        const before = (ms: number) => new Date(now.getTime() - ms);
        const bounds = { until: before(-3_600_000), overdue: before(2_000), queuedBefore: before(10_000) };
        const ids = (await ledger.toQueue(kind, bounds, 1_000)).map(({ id }) => id);
        return [first.id, second.id].filter((id) => ids.includes(id));
      };
      expect(await toQueue(hour(99))).toEqual([first.id]);
      await ledger.markQueued([first.id], hour(99));
      expect(await toQueue(hour(99))).toEqual([]);
      expect(await toQueue(new Date(hour(100).getTime() + 2_000))).toEqual([first.id]);
      await ledger.forgetQueued();
      expect(await toQueue(hour(99))).toEqual([first.id]);
      expect(await toQueue(hour(101))).toEqual([first.id, second.id]);
      expect((await ledger.nextAttemptAt(kind))?.getTime()).toBeLessThanOrEqual(hour(100).getTime());
    });

    test("several workers share what is due and no one gets what another has", async () => {
      const { book, room, remindersOf, ledger } = await open();
      const booked = await Promise.all(
        Array.from({ length: 20 }, (_, n) => book(room, { ...slot(200 + n, 201 + n), ...atStart })),
      );
      const due = leaseAt(hour(300));
      const shares = await Promise.all([1, 2, 3, 4].map(() => ledger.leaseDue(kind, 8, due)));
      const rest = await ledger.leaseDue(kind, 100, due);
      const all = [...shares.flat(), ...rest].map(({ subjectId }) => subjectId);
      const wanted = booked.map(({ booking }) => booking.id);
      expect(all.filter((id) => wanted.includes(id)).sort()).toEqual(wanted.sort());
      expect((await remindersOf(wanted[0] as string))[0]?.attempts).toBe(1);
    });
  });
}
