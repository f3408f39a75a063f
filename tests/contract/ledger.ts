import { describe, expect, test } from "bun:test";
import {
  asFailedAttempt,
  asSent,
  asSkipped,
  claimMs,
  maxAttempts,
} from "../../src/domain/deliveries/delivery.ts";
import { planMail, spendMails } from "../../src/domain/deliveries/mail.ts";
import { type Reminder, recordSent } from "../../src/domain/reminders/reminder.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const atStart = { reminders: [{ minutesBefore: 0, channel: "websocket" as const }] };

/** The books of deliveries: who may send what, and when. */
export function ledgerSuite(engine: EngineName): void {
  describe("the ledger of reminders", () => {
    const harness = useHarness(engine);
    const open = async () => {
      const bench = await workbench(harness());
      const { store } = harness().context;
      const room = await bench.resource();
      const remindersOf = async (bookingId: string): Promise<Reminder[]> => {
        const page = { limit: 100, sort: "dueAt" as const };
        return (await store.reminders.ofBooking(bench.actor.organizationId, bookingId, page)).rows;
      };
      const only = async (bookingId: string) => (await remindersOf(bookingId))[0] as Reminder;
      return { ...bench, room, remindersOf, only, ledger: store.ledgers.reminders };
    };
    const claimOne = async (...[id, claim]: [string, { now: Date; until: Date; retry?: boolean }]) =>
      (await harness().context.store.ledgers.reminders.claim([id], claim))[0] as Reminder;
    const claimAt = (now: Date) => ({ now, until: new Date(now.getTime() + claimMs) });

    test("one claim at a time, none before its time, and the next one when that has run out", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      expect(await ledger.claim([id], claimAt(new Date(hour(1).getTime() - 1)))).toEqual([]);
      const claims = await Promise.all([1, 2, 3].map(() => ledger.claim([id], claimAt(hour(1)))));
      expect(claims.flat()).toMatchObject([{ id, status: "sending", attempts: 1 }]);
      const over = new Date(hour(1).getTime() + claimMs);
      expect(await ledger.claim([id], claimAt(new Date(over.getTime() - 1)))).toEqual([]);
      expect(await ledger.claimDue(10, claimAt(over))).toMatchObject([{ id, attempts: 2 }]);
    });

    test("a claim that another one followed concludes nothing", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      const late = await claimOne(id, claimAt(hour(1)));
      const over = new Date(hour(1).getTime() + claimMs);
      const latest = await claimOne(id, claimAt(over));
      await ledger.conclude(asSkipped(late, "too late to say so", over));
      expect(await only(booking.id)).toEqual(latest);
      await ledger.conclude(asSkipped(latest, "nobody there", over));
      expect(await only(booking.id)).toMatchObject({
        status: "skipped",
        reason: "nobody there",
        attemptAt: null,
      });
    });

    test("a move and a cancel void what waits, in their own commit; a new title does not", async () => {
      const { book, move, cancel, room, remindersOf, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const titled = await move(booking, room, { title: "Another" });
      expect(await remindersOf(booking.id)).toMatchObject([{ status: "scheduled", bookingVersion: 1 }]);
      const moved = await move(titled.booking, room, slot(3, 4));
      expect(await remindersOf(booking.id)).toMatchObject([
        { status: "voided", reason: "The booking moved.", attemptAt: null },
        { status: "scheduled", bookingVersion: 3, dueAt: hour(3) },
      ]);
      const due = await ledger.claimDue(10, claimAt(hour(2)));
      expect(due.filter(({ bookingId }) => bookingId === booking.id)).toEqual([]);
      const stale = await move(titled.booking, room, slot(5, 6));
      expect(stale.outcome).toBe("stale");
      expect(await remindersOf(booking.id)).toHaveLength(2);
      await cancel(moved.booking);
      expect((await remindersOf(booking.id)).map(({ status }) => status)).toEqual(["voided", "voided"]);
    });

    test("what waits for another attempt is kept by a move of the end and by one more rule, and goes out", async () => {
      const { book, move, room, only, remindersOf, store, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      const refused = { reason: "451", final: false, chance: 0 };
      await ledger.conclude(asFailedAttempt(await claimOne(id, claimAt(hour(1))), refused, hour(1)));
      const waiting = await only(booking.id);
      expect(waiting).toMatchObject({ status: "scheduled", attempts: 1, reason: "451" });
      const longer = await move(booking, room, { endTime: hour(3) });
      const atStartAndBefore = [...atStart.reminders, { minutesBefore: 5, channel: "websocket" as const }];
      const { booking: latest } = await move(longer.booking, room, { reminders: atStartAndBefore });
      expect(await remindersOf(booking.id)).toHaveLength(2);
      expect((await remindersOf(booking.id)).find((each) => each.id === id)).toEqual(waiting);
      const again = await claimOne(id, claimAt(waiting.attemptAt as Date));
      expect(await store.commit(recordSent(again, latest, "Now", hour(1)))).toBe("committed");
      expect((await remindersOf(booking.id)).find((each) => each.id === id)).toMatchObject({
        status: "sent",
      });
    });

    test("what was claimed before the move may still be sent, but is not tried again", async () => {
      const { book, move, room, only, store, ledger } = await open();
      const sentLate = (await book(room, { ...slot(1, 2), ...atStart })).booking;
      const claimed = await claimOne((await only(sentLate.id)).id, claimAt(hour(1)));
      const moved = (await move(sentLate, room, { reminders: [] })).booking;
      await ledger.conclude(asFailedAttempt(claimed, { reason: "x", final: false, chance: 0 }, hour(1)));
      expect(await only(sentLate.id)).toMatchObject({ status: "voided", attemptAt: null });
      // The record tells of the booking as it is, never as it was.
      expect(await store.commit(recordSent(claimed, sentLate, "Now", hour(1)))).toBe("stale");
      expect(await store.commit(recordSent(claimed, moved, "Now", hour(1)))).toBe("committed");
      expect(await only(sentLate.id)).toMatchObject({ status: "sent", sentAt: hour(1) });
    });

    test("a reminder is told once in the log, however often it is recorded as sent", async () => {
      const { book, room, only, store } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const claimed = await claimOne((await only(booking.id)).id, claimAt(hour(1)));
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => store.commit(recordSent(claimed, booking, "Now", hour(1)))),
      );
      expect(outcomes.sort()).toEqual(["committed", "stale", "stale"]);
      const told = (await wholeLog(store)).filter((event) => event.id === claimed.id);
      expect(told).toMatchObject([{ type: "booking.reminder", version: null, subjectId: booking.id }]);
    });

    test("a time that has passed is skipped when it is planned, with the reason", async () => {
      const { book, room, only } = await open();
      const past = { startTime: new Date("2020-01-01T10:00:00Z"), endTime: new Date("2020-01-01T11:00:00Z") };
      const { booking } = await book(room, { ...past, ...atStart });
      expect(await only(booking.id)).toMatchObject({
        status: "skipped",
        reason: "Its time had passed when it was planned.",
        attemptAt: null,
      });
    });

    test("failures are tried again later each time, then fail for good until someone retries", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      let now = hour(1);
      const waits: number[] = [];
      for (let attempts = 1; attempts <= maxAttempts; attempts++) {
        const claimed = await claimOne(id, claimAt(now));
        await ledger.conclude(
          asFailedAttempt(claimed, { reason: "no answer", final: false, chance: 0.5 }, now),
        );
        const { attemptAt } = await only(booking.id);
        if (attemptAt) waits.push(attemptAt.getTime() - now.getTime());
        now = attemptAt ?? now;
      }
      expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320].map((seconds) => seconds * 1000));
      expect(await only(booking.id)).toMatchObject({
        status: "failed",
        reason: "no answer",
        attempts: maxAttempts,
      });
      expect((await ledger.listFailed(100)).map((failed) => failed.id)).toContain(id);
      expect(await ledger.claim([id], claimAt(hour(9)))).toEqual([]);
      expect(await claimOne(id, { ...claimAt(now), retry: true })).toMatchObject({
        id,
        status: "sending",
      });
      const again = await only(booking.id);
      await ledger.conclude(asFailedAttempt(again, { reason: "still none", final: true, chance: 0 }, now));
      expect(await ledger.retryFailed(now, [id])).toBe(1);
      expect(await only(booking.id)).toMatchObject({ status: "scheduled", attemptAt: now });
    });

    test("queues are told what comes soon once, what they lost again, and all of it after they were emptied", async () => {
      const { book, room, only, ledger } = await open();
      const soon = (await book(room, { ...slot(100, 101), ...atStart })).booking;
      const later = (await book(room, { ...slot(102, 103), ...atStart })).booking;
      const [first, second] = [await only(soon.id), await only(later.id)];
      const toQueue = async (now: Date) => {
        const before = (ms: number) => new Date(now.getTime() - ms);
        const bounds = { until: before(-3_600_000), overdue: before(2_000), toldBefore: before(10_000) };
        const ids = (await ledger.toQueue(bounds, 1_000)).map(({ id }) => id);
        return [first.id, second.id].filter((id) => ids.includes(id));
      };
      expect(await toQueue(hour(99))).toEqual([first.id]);
      await ledger.markQueued([first.id], hour(99));
      expect(await toQueue(hour(99))).toEqual([]);
      expect(await toQueue(new Date(hour(100).getTime() + 2_000))).toEqual([first.id]);
      await ledger.forgetQueued();
      expect(await toQueue(hour(99))).toEqual([first.id]);
      expect(await toQueue(hour(101))).toEqual([first.id, second.id]);
      expect((await ledger.nextAttemptAt())?.getTime()).toBeLessThanOrEqual(hour(100).getTime());
    });

    test("several workers share what is due and no one gets what another has", async () => {
      const { book, room, remindersOf, ledger } = await open();
      const booked = await Promise.all(
        Array.from({ length: 20 }, (_, n) => book(room, { ...slot(200 + n, 201 + n), ...atStart })),
      );
      const due = claimAt(hour(300));
      const shares = await Promise.all([1, 2, 3, 4].map(() => ledger.claimDue(8, due)));
      const rest = await ledger.claimDue(100, due);
      const all = [...shares.flat(), ...rest].map(({ bookingId }) => bookingId);
      const wanted = booked.map(({ booking }) => booking.id);
      expect(all.filter((id) => wanted.includes(id)).sort()).toEqual(wanted.sort());
      expect((await remindersOf(wanted[0] as string))[0]?.attempts).toBe(1);
    });
  });

  describe("the ledger of mails", () => {
    const harness = useHarness(engine);

    test("keeps what it says of a mail that is sent while its link is spent", async () => {
      const { store, newId, clock } = harness().context;
      const person = await addPerson(harness());
      const user = await store.users.byId(person.organizationId, person.id);
      const planned =
        user && planMail({ now: clock.now(), newId }, user, { purpose: "reset_password", unused: [] });
      if (!planned) throw new Error("missing");
      await store.commit(planned.change);
      const read = await store.mails.unusedOf(person.id);
      const now = clock.now();
      const [claimed] = await store.ledgers.mails.claim([planned.mail.id], {
        now,
        until: new Date(now.getTime() + claimMs),
      });
      if (!claimed) throw new Error("missing");
      await store.ledgers.mails.conclude(asSent(claimed, now));
      expect(await store.commit(spendMails(read, now))).toBe("committed");
      const found = await store.mails.withUser(planned.mail.id);
      expect(found?.mail).toMatchObject({
        status: "sent",
        attempts: 1,
        attemptAt: null,
        sentAt: now,
        usedAt: now,
      });
    });
  });
}
