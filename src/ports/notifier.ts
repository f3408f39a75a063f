import type { Booking } from "../domain/bookings/booking.ts";
import type { User } from "../domain/people/user.ts";
import type { Reminder } from "../domain/reminders/reminder.ts";
import type { Channel } from "../domain/reminders/reminder-rule.ts";

/**
 * A reminder on its way. The id of `reminder` is the idempotency key: a channel that respects it delivers a message
 * once.
 */
export type Notification = {
  reminder: Reminder;
  booking: Booking;
  /** IANA name, of what is booked. */
  timezone: string;
  recipient: User;
  /** Until the booking starts, rounded; negative once it has started. */
  minutesLeft: number;
  /** One sentence. */
  message: string;
};

/** One way to reach a person: the socket, mail; an SMS or a webhook would be one more. */
export interface Notifier {
  /** Why it can't reach this person, who is then skipped; null when it can. */
  cannotReach(recipient: User): string | null;
  /**
   * Resolves when the channel has taken the message, within `sendWithinMs`. Throws `Undeliverable` when it never will,
   * `ChannelFault` when another attempt may help.
   */
  send(notification: Notification): Promise<void>;
}

/** A channel without one is not configured. */
export type Notifiers = { [C in Channel]?: Notifier };

/** Less than a lease lasts: otherwise another worker might send the same. */
export const sendWithinMs = 20_000;

/** No other attempt can help. The message is for the ledger, where the owner of the booking reads it. */
export class Undeliverable extends Error {}

/** Another attempt may help. The message is for the ledger, where the owner of the booking reads it. */
export class ChannelFault extends Error {}
