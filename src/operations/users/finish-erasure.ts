import { nobody } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { cancelBooking } from "../../domain/bookings/cancel.ts";
import { forgetPerson, redactBookingRow, redactCalendar, redactEvent } from "../../domain/people/erasure.ts";
import type { User } from "../../domain/people/user.ts";
import { notFound } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { walkPages } from "../walk-pages.ts";
import { rewriteEvents } from "./rewrite-events.ts";

type Needs = Pick<Context, "store" | "clock" | "newId">;

const pageSize = 100;
/** Each round is a whole pass. A second one is needed only if something was in progress during the first. */
const maxRounds = 10;

/**
 * Finishes the erasure of a closed account: cancels upcoming bookings, redacts, and marks the account as redacted.
 * Every step is small and can be repeated, so it can continue after a crash, and two processes can work on it at once.
 * The database accepts the mark only when the person has no upcoming booking and no booking mentions them.
 */
export async function finishErasure(needs: Needs, person: User): Promise<void> {
  for (let round = 1; round <= maxRounds; round++) {
    await cancelAhead(needs, person, null);
    await redactOwnBookings(needs, person);
    await redactMentions(needs, person);
    await redactCalendarOf(needs, person);
    await needs.store.erasure.forgetReceiptsAbout(person.organizationId, [person.id]);
    await needs.store.erasure.forgetRequestsOf(person.id);
    if (await markRedacted(needs, person)) return;
  }
  throw new Error("New traces are still being written during an erasure. The worker will continue it.");
}

/**
 * Cancels the bookings of a closed account that are not over. No new ones can come, but somebody may move one to an
 * earlier time than the walk has reached, so it ends with a walk that finds none.
 */
export async function cancelAhead(needs: Needs, person: User, actorId: string | null): Promise<void> {
  const { store, clock } = needs;
  for (;;) {
    const filter = { ownerId: person.id, from: clock.now(), status: ["confirmed" as const] };
    const pages = walkPages(
      { limit: pageSize, sort: "startTime" },
      (page) => store.bookings.list(person.organizationId, filter, page),
      (booking) => booking.startTime,
    );
    let found = 0;
    for await (const rows of pages) {
      found += rows.length;
      for (const { id } of rows)
        await settle<{ booking: Booking }>(store, {
          decide: async () => {
            const booking = await store.bookings.byId(person.organizationId, id);
            if (!booking) return notFound();
            return cancelBooking(byOf(needs, { userId: actorId }), booking, { reason: null });
          },
        });
    }
    if (found === 0) return;
  }
}

async function redactOwnBookings(needs: Needs, person: User): Promise<void> {
  const pages = walkPages(
    { limit: pageSize, sort: "createdAt" },
    (page) => needs.store.bookings.list(person.organizationId, { ownerId: person.id }, page),
    (booking) => booking.createdAt,
  );
  for await (const rows of pages) for (const { id } of rows) await redactBooking(needs, person, id);
}

/** The bookings of others that have named the person. Nobody can name them in another one while the account is closed. */
async function redactMentions(needs: Needs, person: User): Promise<void> {
  const { erasure } = needs.store;
  const { organizationId, email } = person;
  for (;;) {
    const ids = await erasure.mentionsOf(organizationId, email, pageSize);
    for (const id of ids) {
      await redactBooking(needs, person, id);
      await erasure.forgetMention(organizationId, email, id);
    }
    if (ids.length === 0) return;
  }
}

/**
 * First the row: from here on, any decision based on the old row is stale or already in the log. Then the log, and the
 * answers that show it.
 */
async function redactBooking(needs: Needs, person: User, id: string): Promise<void> {
  const { store } = needs;
  const { organizationId } = person;
  await settle<object>(store, {
    decide: async () => {
      const booking = await store.bookings.byId(organizationId, id);
      if (!booking) return notFound();
      return { change: redactBookingRow(byOf(needs, nobody), booking, person) };
    },
  });
  await redactEvents(needs, person, id);
  await store.erasure.forgetReceiptsAbout(organizationId, [id]);
}

async function redactCalendarOf(needs: Needs, person: User): Promise<void> {
  const { store } = needs;
  const { organizationId, calendarId } = person;
  await settle<object>(store, {
    decide: async () => {
      const calendar = await store.resources.byId(organizationId, calendarId);
      return { change: calendar && redactCalendar(byOf(needs, nobody), calendar, person) };
    },
  });
  await redactEvents(needs, person, calendarId);
}

/** The account's own events come with its last one: no other event can come between. False when traces are left. */
async function markRedacted(needs: Needs, person: User): Promise<boolean> {
  const { store } = needs;
  const latest = await store.users.byId(person.organizationId, person.id);
  if (!latest || latest.redactedAt) return true;
  await redactEvents(needs, person, person.id);
  const outcome = await store.commit(forgetPerson(byOf(needs, nobody), latest));
  if (outcome === "committed") return true;
  if (outcome === "stale") return false;
  throw new Error(`Marking an erased account met ${outcome}.`);
}

function redactEvents({ store }: Needs, person: User, subjectId: string): Promise<void> {
  const about = { organizationId: person.organizationId, subjectId };
  return rewriteEvents(store.erasure, about, (event) => redactEvent(event, person));
}
