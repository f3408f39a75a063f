import { describe, expect, test } from "bun:test";
import { accountMailKind, planLink, spendLinks } from "../../src/domain/people/link.ts";
import { type Reminder, recordSent } from "../../src/domain/reminders/reminder.ts";
import {
  asDone,
  asFailedAttempt,
  asSkipped,
  elevenMinutes,
  leaseLost,
  leaseMs,
  type Task,
} from "../../src/domain/tasks/task.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Lease } from "../../src/ports/tasks.ts";
import { attempt, type Processor } from "../../worker/processor.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { addPerson, useHarness } from "../support/harness.ts";
import { settled } from "../support/settled.ts";

const atStart = { reminders: [{ minutesBefore: 0, channel: "websocket" as const }] };

const kind = "websocket-reminder";
const retry = elevenMinutes;

/** The ledger of tasks: who may do what, and when. */
export function ledgerSuite(engine: EngineName): void {
  describe("the ledger of tasks", () => {
    const harness = useHarness(engine);
    const open = async () => {
      const bench = await workbench(harness());
      const { store } = harness().context;
      const room = await bench.resource();
      const remindersOf = async (bookingId: string): Promise<Reminder[]> => {
        const about = { subjectId: bookingId, kinds: [kind] };
        const page = { limit: 100, sort: "dueAt" as const };
        return (await store.tasks.ofSubject(bench.actor.organizationId, about, page)).rows as Reminder[];
      };
      const only = async (bookingId: string) => (await remindersOf(bookingId))[0] as Reminder;
      return { ...bench, room, remindersOf, only, ledger: store.tasks };
    };
    const leaseOne = async (id: string, lease: Lease & { retry?: boolean }) =>
      (await harness().context.store.tasks.lease(kind, [id], lease))[0] as Reminder;
    const leaseAt = (now: Date) => ({ now, until: new Date(now.getTime() + leaseMs) });

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

    test("failures are tried again later each time, then fail for good until someone retries", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      let now = hour(1);
      const waits: number[] = [];
      for (let attempts = 1; attempts <= retry.maxAttempts; attempts++) {
        const leased = await leaseOne(id, leaseAt(now));
        await ledger.conclude(
          asFailedAttempt(leased, { reason: "no answer", final: false, retry, chance: 0.5 }, now),
        );
        const { attemptAt } = await only(booking.id);
        if (attemptAt) waits.push(attemptAt.getTime() - now.getTime());
        now = attemptAt ?? now;
      }
      expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320].map((seconds) => seconds * 1000));
      expect(await only(booking.id)).toMatchObject({
        state: "failed",
        reason: "no answer",
        attempts: retry.maxAttempts,
      });
      expect((await ledger.listFailed(100)).map((failed) => failed.id)).toContain(id);
      expect(await ledger.lease(kind, [id], leaseAt(hour(9)))).toEqual([]);
      expect(await leaseOne(id, { ...leaseAt(now), retry: true })).toMatchObject({
        id,
        state: "leased",
      });
      const again = await only(booking.id);
      await ledger.conclude(
        asFailedAttempt(again, { reason: "still none", final: true, retry, chance: 0 }, now),
      );
      expect(await ledger.retryFailed(now, [id])).toBe(1);
      expect(await only(booking.id)).toMatchObject({ state: "scheduled", attemptAt: now });
    });

    test("what ends its worker each time fails in the end, says so, and starts anew when someone retries it", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      let now = hour(1);
      let runs = 0;
      const processor: Processor = {
        kind,
        run: async () => {
          runs += 1;
          return { skipped: "It ran." };
        },
      };
      const needs = () => ({ tasks: ledger, clock: { now: () => now } as Clock });
      const loseLease = async () => {
        const leased = await leaseOne(id, leaseAt(now));
        now = new Date(now.getTime() + leaseMs);
        return leased;
      };
      expect((await loseLease()).reason).toBeNull();
      for (let attempts = 2; attempts <= retry.maxAttempts; attempts++)
        expect(await loseLease()).toMatchObject({ attempts, reason: leaseLost });
      const last = await leaseOne(id, leaseAt(now));
      await expect(attempt(processor, last, needs())).rejects.toMatchObject({ nextAttemptAt: null });
      expect([await only(booking.id), runs]).toMatchObject([{ state: "failed", reason: leaseLost }, 0]);
      expect(await ledger.retryFailed(now, [id])).toBe(1);
      await attempt(processor, await leaseOne(id, leaseAt(now)), needs());
      expect([await only(booking.id), runs]).toMatchObject([{ state: "skipped", reason: "It ran." }, 1]);
    });

    test("what was lost once is tried again, and a retry of a failed job forgets what it failed of", async () => {
      const { book, room, only, ledger } = await open();
      const { booking } = await book(room, { ...slot(1, 2), ...atStart });
      const { id } = await only(booking.id);
      await leaseOne(id, leaseAt(hour(1)));
      const now = new Date(hour(1).getTime() + leaseMs);
      const again = await leaseOne(id, leaseAt(now));
      const run = async () => ({ skipped: "It ran." });
      const final = { reason: leaseLost, final: true, retry, chance: 0 };
      await ledger.conclude(asFailedAttempt(again, final, now));
      const retried = await leaseOne(id, { ...leaseAt(now), retry: true });
      expect(retried).toMatchObject({ state: "leased", reason: null });
      const needs = { tasks: ledger, clock: { now: () => now } as Clock };
      await attempt({ kind, run }, retried, needs);
      expect(await only(booking.id)).toMatchObject({ state: "skipped", reason: "It ran." });
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

  describe("a link that is mailed", () => {
    const harness = useHarness(engine);

    test("is spent while its mail is sent, and the ledger still says so", async () => {
      const { store, newId, clock } = harness().context;
      const person = await addPerson(harness());
      const user = await store.users.byId(person.organizationId, person.id);
      const planned =
        user && planLink({ now: clock.now(), newId }, user, { purpose: "reset_password", unused: [] });
      if (!planned) throw new Error("missing");
      await store.commit(planned.change);
      const read = await store.links.unusedOf(person.id);
      const now = clock.now();
      const [task] = (planned.change.insert?.tasks ?? []) as [Task];
      const lease = { now, until: new Date(now.getTime() + leaseMs) };
      const [leased] = await store.tasks.lease(accountMailKind, [task.id], lease);
      if (!leased) throw new Error("missing");
      await store.tasks.conclude(asDone(leased, now));
      expect(await store.commit(spendLinks(read, now))).toBe("committed");
      expect((await store.links.withUser(planned.link.id))?.link).toMatchObject({ usedAt: now });
      const about = { subjectId: planned.link.id, kinds: [accountMailKind] };
      const [done] = (await store.tasks.ofSubject(person.organizationId, about, { limit: 1, sort: "dueAt" }))
        .rows;
      expect(done).toMatchObject({ state: "done", attempts: 1, attemptAt: null, doneAt: now });
    });
  });
}
