import type { Event } from "../domain/event.ts";

/** The methods that only an erasure may use. Each works in small steps, and can be repeated after an interruption. */
export interface Erasure {
  /** Some bookings that have named an address among their attendees. */
  mentionsOf(organizationId: string, address: string, limit: number): Promise<string[]>;
  /** Forgets that a booking has named an address, when neither it nor its events do any more. */
  forgetMention(organizationId: string, address: string, bookingId: string): Promise<void>;
  /** The events about a subject that come after one of them, some at a time; empty when there are no more. */
  eventsAbout(organizationId: string, subjectId: string, last?: Event): Promise<Event[]>;
  /**
   * Replaces what events say, and returns how many it has replaced: it skips those that say something else than `was`.
   * What happened, when and in which order stays.
   */
  rewriteEvents(rewritten: { id: string; was: Event["data"]; data: Event["data"] }[]): Promise<number>;
  /** Deletes the stored answers that show these bookings or users. */
  forgetReceiptsAbout(organizationId: string, ids: string[]): Promise<void>;
  /** Deletes the answers that were stored for a user, and the network addresses they were refused at. */
  forgetRequestsOf(userId: string): Promise<void>;
}
