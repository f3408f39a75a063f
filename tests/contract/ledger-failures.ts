import { describe, expect, test } from "bun:test";
import { asFailedAttempt, leaseLost, leaseMs, elevenMinutes as retry } from "../../src/domain/tasks/task.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { attempt, type Processor } from "../../worker/processor.ts";
import { hour, slot } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { atStart, kind, leaseAt, useLedger } from "../support/ledger.ts";

/** Tasks that fail, or lose their worker: when they are tried again, and when no more. */
export function ledgerFailuresSuite(engine: EngineName): void {
  describe("the ledger of tasks", () => {
    const { open, leaseOne } = useLedger(engine);

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
  });
}
