import type { Actor } from "../../src/domain/actor.ts";
import type { Booking, BookingFields } from "../../src/domain/bookings/booking.ts";
import { cancelBooking } from "../../src/domain/bookings/cancel.ts";
import { changeBooking } from "../../src/domain/bookings/change.ts";
import { createBooking } from "../../src/domain/bookings/create.ts";
import type { Change } from "../../src/domain/change.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import {
  changeResource,
  createResource,
  deleteResource,
  type Resource,
  type ResourceFields,
} from "../../src/domain/resources/resource.ts";
import type { CommitOutcome } from "../../src/ports/store.ts";
import { addPerson, type Harness, type Person } from "./harness.ts";

const noFields = {
  description: null,
  location: null,
  quantity: 1,
  attendees: [],
  metadata: {},
  reminders: [],
};

/** A day's hour, in a year that the test clock has not reached. */
export function hour(n: number): Date {
  return new Date(Date.UTC(2027, 5, 1) + n * 3_600_000);
}

export function slot(from: number, to: number, quantity = 1) {
  return { startTime: hour(from), endTime: hour(to), quantity };
}

/** Decides with the domain's own functions and commits to the store, with nothing between. */
export async function workbench(harness: Harness, by?: Person) {
  const { store, clock, newId } = harness.context;
  const person = by ?? (await addPerson(harness, "admin"));
  const actor: Actor = {
    organizationId: person.organizationId,
    userId: person.id,
    role: "admin",
    sessionId: newId(),
  };
  const must = <T extends object>(decided: T | Refusal): T => {
    if (decided instanceof Refusal) throw decided;
    return decided;
  };
  const commit = async <T extends { change: Change | null }>(
    decided: T,
  ): Promise<T & { outcome: CommitOutcome }> => {
    const outcome = decided.change ? await store.commit(decided.change) : "committed";
    return { ...decided, outcome };
  };
  const resource = async (fields: Partial<ResourceFields> = {}) => {
    const all = { name: "Room", description: null, timezone: "UTC", capacity: 1, metadata: {}, ...fields };
    return (await commit(createResource(actor, { id: newId(), fields: all, eventId: newId() }, clock.now())))
      .resource;
  };
  const decideBooking = (on: Resource, fields: Partial<BookingFields>) =>
    must(
      createBooking(
        actor,
        on,
        {
          id: newId(),
          ownerId: person.id,
          fields: { title: "Booking", ...noFields, ...slot(0, 1), ...fields },
          newId,
        },
        clock.now(),
      ),
    );
  return {
    store,
    actor,
    person,
    commit,
    resource,
    decideBooking,
    book: (on: Resource, fields: Partial<BookingFields>) => commit(decideBooking(on, fields)),
    move: (booking: Booking, on: Resource, patch: Partial<BookingFields>) =>
      commit(
        must(
          changeBooking(actor, booking, on, { patch: { ...patch, resourceId: on.id }, newId }, clock.now()),
        ),
      ),
    cancel: (booking: Booking) => commit(cancelBooking(actor, booking, { reason: null, newId }, clock.now())),
    changeResource: (before: Resource, patch: Partial<ResourceFields>) =>
      commit(must(changeResource(actor, before, { patch, eventId: newId() }, clock.now()))),
    deleteResource: (before: Resource) => commit(must(deleteResource(actor, before, newId(), clock.now()))),
  };
}
