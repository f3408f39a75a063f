import type { Reminder } from "../../src/domain/reminders/reminder.ts";
import { leaseMs } from "../../src/domain/tasks/task.ts";
import type { Lease } from "../../src/ports/tasks.ts";
import { workbench } from "./changes.ts";
import type { EngineName } from "./databases.ts";
import { useHarness } from "./harness.ts";

export const atStart = { reminders: [{ minutesBefore: 0, channel: "websocket" as const }] };
export const kind = "websocket-reminder";
export const leaseAt = (now: Date) => ({ now, until: new Date(now.getTime() + leaseMs) });

/** The tasks of bookings, in a database that a suite has to itself. */
export function useLedger(engine: EngineName) {
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
  return { open, leaseOne };
}
