import type { BookingEvent, Changes, VersionedEvent } from "../../../domain/event.ts";
import { channelOf, type Reminder } from "../../../domain/reminders/reminder.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";
import * as reminderContract from "./reminder-contract.ts";

export const presentBooking = present(contract.Booking);

const showReminder = present(reminderContract.Reminder);
const showHistoryEntry = present(contract.HistoryEntry);

const statuses = { leased: "sending", done: "sent" } as const;

export function presentReminder(reminder: Reminder) {
  const { kind, data, state, attemptAt, doneAt } = reminder;
  return showReminder({
    ...reminder,
    ...data,
    channel: channelOf(kind),
    status: state === "leased" || state === "done" ? statuses[state] : state,
    nextAttemptAt: state === "scheduled" ? attemptAt : null,
    sentAt: doneAt,
  });
}

/** An event of a booking: who, what, when, before and after. */
export function presentHistoryEntry(event: VersionedEvent & BookingEvent) {
  return showHistoryEntry({ ...event, changes: changesOf(event.data) });
}

/** All of a new booking is a change from nothing. */
function changesOf(data: BookingEvent["data"]): Changes {
  if ("changes" in data) return shownChanges(data.changes);
  const fields = Object.entries(presentBooking(data.booking as never));
  return Object.fromEntries(fields.map(([field, after]) => [field, { before: null, after }]));
}

/** The changes of fields that a booking has in the API. */
export function shownChanges(changes: Changes): Changes {
  return Object.fromEntries(Object.entries(changes).filter(([field]) => field in contract.Booking.shape));
}
