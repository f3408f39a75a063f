import type { Booking } from "../domain/booking.ts";
import type { Person } from "../domain/erasure.ts";
import type { Event } from "../domain/event.ts";

/** The one way to change what has been written for good. */
export interface Erasure {
  /**
   * Writes bookings and events anew that tell of a person, as `redact` gives them, in the order of their ids and a batch
   * at a time; forgets the answers that were kept for them. It may be interrupted, and done again from the start.
   */
  redact(
    organizationId: string,
    person: Person,
    redact: { booking(booking: Booking): Booking; event(event: Event): Event["data"] },
  ): Promise<void>;
}
