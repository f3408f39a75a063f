import type { ReminderRule } from "../domain/reminders/reminder-rule.ts";
import type { RefusalLog } from "../ports/audit.ts";
import type { Clock } from "../ports/clock.ts";
import type { Keys } from "../ports/keys.ts";
import type { Limits } from "../ports/limits.ts";
import type { Passwords } from "../ports/passwords.ts";
import type { Store } from "../ports/store.ts";
import type { Tokens } from "../ports/tokens.ts";
import type { HotSlots } from "./bookings/hot-slots.ts";

/** What operations work with; composed once a process. */
export type Context = {
  store: Store;
  clock: Clock;
  passwords: Passwords;
  tokens: Tokens;
  keys: Keys;
  /** A new UUIDv7. */
  newId(): string;
  refusalLog: RefusalLog;
  hotSlots: HotSlots;
  /** Counted by all processes together. */
  limits: Limits;
  /** Counted only by this process. */
  ownLimits: Limits;
  /** Multiplies every limit. */
  limitScale: number;
  registration: "open" | "closed";
  /** The reminders of a booking that names none. */
  defaultReminders: ReminderRule[];
  /** Whether this installation sends mail. */
  sendsMail: boolean;
  /** Runs work that an answer must not wait for, because its duration would reveal something. */
  later(work: () => Promise<void>): void;
  /** How long this process has not been able to read the event log, in milliseconds; 0 where nothing follows it. */
  logAgeMs(): number;
  /** How far back clients may replay the event log. */
  eventRetentionDays: number;
  /** Called when someone signed in with a password: it deletes the file with the first admin's password. */
  onPasswordSignIn(email: string): void;
};
