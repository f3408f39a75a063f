import type { CommitOutcome } from "../src/ports/store.ts";

type Refused = Exclude<CommitOutcome, "committed">;

/**
 * What each guard of the database means to a caller. Postgres reports the name of the constraint or the one its
 * trigger raised; SQLite reports the text of its trigger, or the columns of the unique index.
 */
const guards: Record<string, Refused> = {
  claims_no_overlap: "slot_taken",
  claims_within_capacity: "slot_taken",
  claims_resource_gone: "resource_gone",
  resources_in_use: "resource_in_use",
  users_last_admin: "last_admin",
  users_credentials: "credentials_changed",
  users_email_key: "email_taken",
  "UNIQUE constraint failed: users.email": "email_taken",
  events_subject_version: "stale",
  "UNIQUE constraint failed: events.subject_id, events.version": "stale",
  // Another change gave the booking the same version, and planned its reminders.
  tasks_of_subject: "stale",
  "UNIQUE constraint failed: tasks.subject_id, tasks.kind, tasks.key": "stale",
  // The same reminder was recorded as sent before.
  events_pkey: "stale",
  "UNIQUE constraint failed: events.id": "stale",
  // Another process installed at the same moment: look again.
  organizations_slug_key: "stale",
  "UNIQUE constraint failed: organizations.slug": "stale",
  // The decision had not read the latest version of a booking.
  bookings_as_of: "stale",
  // Somebody named an erased person, or changed a booking of theirs, after the bookings were redacted.
  users_unredacted: "stale",
  users_erased: "user_erased",
  bookings_owner_erased: "owner_erased",
  bookings_attendee_erased: "attendee_erased",
  receipts_caller_key: "receipt_exists",
  "UNIQUE constraint failed: receipts.caller_id, receipts.key": "receipt_exists",
};

/** The outcome behind a database error, or null if the error is not from a guard. */
export function guardBehind(nameOrMessage: string | undefined): Refused | null {
  return guards[nameOrMessage ?? ""] ?? null;
}
