import type { Booking } from "../../src/domain/bookings/booking.ts";
import { type Change, mergeChanges } from "../../src/domain/change.ts";
import {
  minutesUntil,
  type Reminder,
  recordSent,
  reminderMessage,
} from "../../src/domain/reminders/reminder.ts";
import type { Channel } from "../../src/domain/reminders/reminder-rule.ts";
import { timeZoneNamed } from "../../src/domain/scheduling/time-zone.ts";
import { gather } from "../../src/lib/gather.ts";
import type { CommitOutcome, Store } from "../../src/ports/store.ts";
import type { Processor } from "../processor.ts";
import type { WorkerNeeds } from "../worker-needs.ts";

const maxAttempts = 20;

type Sent = { booking: Booking; timezone: string; minutesLeft: number };

/** Reminds the owner of a booking. One commit records it together with the event that the sockets receive. */
export function remind(channel: Channel): (needs: WorkerNeeds) => Processor {
  return ({ store, clock, notifiers }) => {
    const load = gather(async (ids: string[]) => {
      const found = new Map((await store.reminders.withBookings(ids)).map((each) => [each.id, each]));
      return ids.map((id) => found.get(id));
    });
    const record = gather((changes: Change[]) => commitTogether(store, changes));
    /**
     * A sent reminder is recorded with the booking as it is at that moment: its words may have been redacted meanwhile.
     */
    const recordAsSent = async (reminder: Reminder, sent: Sent) => {
      let { booking, timezone } = sent;
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const message = reminderMessage(booking, timezone, sent.minutesLeft);
        const outcome = await record(recordSent(reminder, booking, message, clock.now()));
        if (outcome === "committed") return;
        if (outcome !== "stale") throw new Error(`Recording a reminder met ${outcome}.`);
        const latest = await load(reminder.id);
        // Another worker has recorded it, which is just as well.
        if (!latest || latest.state === "done") return;
        ({ booking, timezone } = latest);
      }
      throw new Error("The booking of a reminder keeps changing.");
    };
    return {
      kind: `${channel}-reminder`,
      run: async (task) => {
        const reminder = task as Reminder;
        const found = await load(reminder.id);
        if (!found) return { skipped: "Its booking does not exist any more." };
        // Voided since it was leased: its row says so already.
        if (found.state !== "leased") return;
        const { booking, owner } = found;
        const timezone = timeZoneNamed(found.timezone) ?? found.timezone;
        if (owner.status !== "active") return { skipped: "The owner's account is disabled." };
        const notifier = notifiers[channel];
        if (!notifier) return { skipped: `The channel ${channel} is not configured here.` };
        const obstacle = notifier.cannotReach(owner);
        if (obstacle) return { skipped: obstacle };
        const now = clock.now();
        if (booking.endTime <= now)
          return { skipped: "The booking was over before the reminder could be sent." };
        const minutesLeft = minutesUntil(booking, now);
        const message = reminderMessage(booking, timezone, minutesLeft);
        await notifier.send({ reminder, booking, timezone, recipient: owner, minutesLeft, message });
        await recordAsSent(reminder, { booking, timezone, minutesLeft });
        return;
      },
    };
  };
}

/** Commits independent changes as one; if one of them is refused, commits each by itself. */
async function commitTogether(store: Store, changes: Change[]): Promise<CommitOutcome[]> {
  const outcome = await store.commit(mergeChanges(...changes));
  if (outcome === "committed" || changes.length === 1) return changes.map(() => outcome);
  return Promise.all(changes.map((change) => store.commit(change)));
}
