import { describe, expect, test } from "bun:test";
import { pino } from "pino";
import { leaseMs } from "../../src/domain/tasks/task.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { remind } from "../../worker/processors/remind.ts";
import { sendAccountMail } from "../../worker/processors/send-account-mail.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

/** What the processor of reminders sends of what was leased. */
export function remindSuite(engine: EngineName): void {
  describe("a reminder that was leased", () => {
    const harness = useHarness(engine);
    const open = async () => {
      harness().clock.set(hour(0));
      const bench = await workbench(harness());
      const room = await bench.resource();
      const reminders = [{ minutesBefore: 0, channel: "websocket" as const }];
      const { booking } = await bench.book(room, { ...slot(1, 2), reminders });
      const kind = "websocket-reminder";
      const { organizationId } = bench.actor;
      const about = { subjectId: booking.id, kinds: [kind] };
      const planned = await bench.store.tasks.ofSubject(organizationId, about, { limit: 1, sort: "dueAt" });
      const lease = { now: hour(1), until: new Date(hour(1).getTime() + leaseMs) };
      const [leased] = await bench.store.tasks.lease(kind, [planned.rows[0]?.id ?? ""], lease);
      if (!leased) throw new Error("There is nothing to lease.");
      const sent: string[] = [];
      const messages: string[] = [];
      const websocket: Notifier = {
        cannotReach: () => null,
        send: async ({ reminder, message }) => {
          sent.push(reminder.id);
          messages.push(message);
        },
      };
      const needs = {
        ...harness().context,
        log: pino({ level: "silent" }),
        notifiers: { websocket },
        mail: undefined,
      };
      const processor = remind("websocket")(needs);
      return { ...bench, room, booking, leased, sent, messages, needs, processor };
    };

    test("is sent", async () => {
      const { leased, processor, sent } = await open();
      expect(await processor.run(leased)).toBeUndefined();
      expect(sent).toEqual([leased.id]);
    });

    test("is skipped where what it is about is gone, and so is a mail without its link", async () => {
      const { leased, processor, sent, needs } = await open();
      const gone = "Its booking does not exist any more.";
      expect(await processor.run({ ...leased, id: crypto.randomUUID() })).toEqual({ skipped: gone });
      expect(sent).toEqual([]);
      const mail = { mailer: { send: async () => {} }, composeAccountMail: () => ({}) } as never;
      expect(
        await sendAccountMail({ ...needs, mail }).run({ ...leased, subjectId: crypto.randomUUID() }),
      ).toEqual({
        skipped: "Its link does not exist any more.",
      });
    });

    test("counts from when it is really sent: the service may have been down at its time", async () => {
      const { clock } = harness();
      for (const [from, text] of [
        [hour(1).getTime() - 20_000, "starts now,"],
        [hour(1).getTime() - 5 * 60_000, "starts in 5 minutes,"],
        [hour(1).getTime() + 20 * 60_000, "started 20 minutes ago,"],
      ] as const) {
        const { leased, processor, messages } = await open();
        clock.set(new Date(from));
        await processor.run(leased);
        expect(messages[0]).toContain(text);
      }
    });

    test("is skipped once the booking is over", async () => {
      const { leased, processor, sent } = await open();
      harness().clock.set(hour(2));
      expect((await processor.run(leased))?.skipped).toContain("over");
      expect(sent).toEqual([]);
    });

    test("is not sent when the booking was cancelled or moved since", async () => {
      for (const act of ["cancel", "move"] as const) {
        const { leased, processor, sent, cancel, move, booking, room } = await open();
        await (act === "cancel" ? cancel(booking) : move(booking, room, slot(5, 6)));
        expect(await processor.run(leased)).toBeUndefined();
        expect([act, sent]).toEqual([act, []]);
      }
    });

    test("is not sent a second time when it was sent since", async () => {
      const { leased, processor, sent } = await open();
      await processor.run(leased);
      await processor.run(leased);
      expect(sent).toEqual([leased.id]);
    });
  });
}
