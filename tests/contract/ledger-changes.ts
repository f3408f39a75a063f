import { describe, expect, test } from "bun:test";
import { recordSent } from "../../src/domain/reminders/reminder.ts";
import { asFailedAttempt, elevenMinutes as retry } from "../../src/domain/tasks/task.ts";
import { hour, slot } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { atStart, kind, leaseAt, useLedger } from "../support/ledger.ts";
import { settled } from "../support/settled.ts";

/** What becomes of the tasks of a booking that changes, and what the log tells of them. */
export function ledgerChangesSuite(engine: EngineName): void {
  describe("the ledger of tasks", () => {
    const { open, leaseOne } = useLedger(engine);

    test("a move and a cancel void what waits, in their own commit; a new title does not", async () => {
      const { book, move, cancel, room, remindersOf, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const titled = await move(booking, room, { title: "Another" });
      expect(await remindersOf(booking.id)).toMatchObject([
        { state: "scheduled", data: { bookingVersion: 1 } },
      ]);
      const moved = await move(titled.booking, room, slot(3, 4));
      expect(await remindersOf(booking.id)).toMatchObject([
        { state: "voided", reason: "The booking moved.", attemptAt: null },
        { state: "scheduled", data: { bookingVersion: 3 }, dueAt: hour(3) },
      ]);
      const due = await ledger.leaseDue(kind, 10, leaseAt(hour(2)));
      expect(due.filter(({ subjectId }) => subjectId === booking.id)).toEqual([]);
      const stale = await move(titled.booking, room, slot(5, 6));
      expect(stale.outcome).toBe("stale");
      expect(await remindersOf(booking.id)).toHaveLength(2);
      await cancel(moved.booking);
      expect((await remindersOf(booking.id)).map(({ state }) => state)).toEqual(["voided", "voided"]);
    });

    test("what waits for another attempt is kept by a move of the end and by one more rule, and goes out", async () => {
      const { book, move, room, only, remindersOf, store, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      const refused = { reason: "451", final: false, retry, chance: 0 };
      await ledger.conclude(asFailedAttempt(await leaseOne(id, leaseAt(hour(1))), refused, hour(1)));
      const waiting = await only(booking.id);
      expect(waiting).toMatchObject({ state: "scheduled", attempts: 1, reason: "451" });
      const longer = await move(booking, room, { endTime: hour(3) });
      const atStartAndBefore = [...atStart.reminders, { minutesBefore: 5, channel: "websocket" as const }];
      const { booking: latest } = await move(longer.booking, room, { reminders: atStartAndBefore });
      expect(await remindersOf(booking.id)).toHaveLength(2);
      expect((await remindersOf(booking.id)).find((each) => each.id === id)).toEqual(waiting);
      const again = await leaseOne(id, leaseAt(waiting.attemptAt as Date));
      expect(await store.commit(recordSent(again, latest, "Now", hour(1)))).toBe("committed");
      expect((await remindersOf(booking.id)).find((each) => each.id === id)).toMatchObject({
        state: "done",
      });
    });

    test("what waits is kept by a move that its rule makes up for", async () => {
      const { book, move, room, only, remindersOf } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const waiting = await only(booking.id);
      const startTime = new Date(hour(1).getTime() + 5 * 60_000);
      const reminders = [{ minutesBefore: 5, channel: "websocket" as const }];
      await move(booking, room, { startTime, reminders });
      expect(await remindersOf(booking.id)).toEqual([waiting]);
    });

    test("what was leased before the move may still be sent, but is not tried again", async () => {
      const { book, move, room, only, store, ledger } = await open();
      const sentLate = (await book(room, { ...slot(1, 2), ...atStart })).booking;
      const leased = await leaseOne((await only(sentLate.id)).id, leaseAt(hour(1)));
      const moved = (await move(sentLate, room, { reminders: [] })).booking;
      await ledger.conclude(
        asFailedAttempt(leased, { reason: "x", final: false, retry, chance: 0 }, hour(1)),
      );
      expect(await only(sentLate.id)).toMatchObject({ state: "voided", attemptAt: null });
      // The record tells of the booking as it is, never as it was.
      expect(await store.commit(recordSent(leased, sentLate, "Now", hour(1)))).toBe("stale");
      expect(await store.commit(recordSent(leased, moved, "Now", hour(1)))).toBe("committed");
      expect(await only(sentLate.id)).toMatchObject({ state: "done", doneAt: hour(1) });
    });

    test("a reminder is told once in the log, however often it is recorded as sent", async () => {
      const { book, room, only, store } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const leased = await leaseOne((await only(booking.id)).id, leaseAt(hour(1)));
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => store.commit(recordSent(leased, booking, "Now", hour(1)))),
      );
      expect(outcomes.sort()).toEqual(["committed", "stale", "stale"]);
      await settled(store);
      const told = (await wholeLog(store)).filter((event) => event.id === leased.id);
      expect(told).toMatchObject([{ type: "booking.reminder", version: null, subjectId: booking.id }]);
    });

    test("a time that has passed is skipped when it is planned, with the reason", async () => {
      const { book, room, only } = await open();
      const past = { startTime: new Date("2020-01-01T10:00:00Z"), endTime: new Date("2020-01-01T11:00:00Z") };
      const { booking } = await book(room, { ...past, ...atStart });
      expect(await only(booking.id)).toMatchObject({
        state: "skipped",
        reason: "Its time had passed when it was planned.",
        attemptAt: null,
      });
    });
  });
}
