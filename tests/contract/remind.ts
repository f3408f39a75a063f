import { describe, expect, test } from "bun:test";
import { claimMs } from "../../src/domain/deliveries/delivery.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { remind } from "../../worker/processors/remind.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

/** What the processor of reminders sends of what was claimed. */
export function remindSuite(engine: EngineName): void {
  describe("a reminder that was claimed", () => {
    const harness = useHarness(engine);
    const open = async () => {
      harness().clock.set(hour(0));
      const bench = await workbench(harness());
      const room = await bench.resource();
      const reminders = [{ minutesBefore: 0, channel: "websocket" as const }];
      const { booking } = await bench.book(room, { ...slot(1, 2), reminders });
      const page = { limit: 1, sort: "dueAt" as const };
      const planned = await bench.store.reminders.ofBooking(bench.actor.organizationId, booking.id, page);
      const claim = { now: hour(1), until: new Date(hour(1).getTime() + claimMs) };
      const [claimed] = await bench.store.ledgers.reminders.claim([planned.rows[0]?.id ?? ""], claim);
      if (!claimed) throw new Error("There is nothing to claim.");
      const sent: string[] = [];
      const messages: string[] = [];
      const websocket: Notifier = {
        cannotReach: () => null,
        send: async ({ reminder, message }) => {
          sent.push(reminder.id);
          messages.push(message);
        },
      };
      const processor = remind({ ...harness().context, notifiers: { websocket } });
      return { ...bench, room, booking, claimed, sent, messages, processor };
    };

    test("is sent", async () => {
      const { claimed, processor, sent } = await open();
      expect(await processor.deliver(claimed)).toBeUndefined();
      expect(sent).toEqual([claimed.id]);
    });

    test("counts from when it is really sent: the service may have been down at its time", async () => {
      const { clock } = harness();
      for (const [from, text] of [
        [hour(1).getTime() - 20_000, "starts now,"],
        [hour(1).getTime() - 5 * 60_000, "starts in 5 minutes,"],
        [hour(1).getTime() + 20 * 60_000, "started 20 minutes ago,"],
      ] as const) {
        const { claimed, processor, messages } = await open();
        clock.set(new Date(from));
        await processor.deliver(claimed);
        expect(messages[0]).toContain(text);
      }
    });

    test("is skipped once the booking is over", async () => {
      const { claimed, processor, sent } = await open();
      harness().clock.set(hour(2));
      expect((await processor.deliver(claimed))?.skipped).toContain("over");
      expect(sent).toEqual([]);
    });

    test("is not sent when the booking was cancelled or moved since", async () => {
      for (const act of ["cancel", "move"] as const) {
        const { claimed, processor, sent, cancel, move, booking, room } = await open();
        await (act === "cancel" ? cancel(booking) : move(booking, room, slot(5, 6)));
        expect(await processor.deliver(claimed)).toBeUndefined();
        expect([act, sent]).toEqual([act, []]);
      }
    });

    test("is not sent a second time when it was sent since", async () => {
      const { claimed, processor, sent } = await open();
      await processor.deliver(claimed);
      await processor.deliver(claimed);
      expect(sent).toEqual([claimed.id]);
    });
  });
}
