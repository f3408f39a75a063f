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
import { byOf } from "../../src/operations/by.ts";
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
export async function workbench(harness: Harness, who?: Person) {
  const { store, newId } = harness.context;
  const person = who ?? (await addPerson(harness, "admin"));
  const actor: Actor = {
    organizationId: person.organizationId,
    userId: person.id,
    role: "admin",
    sessionId: newId(),
  };
  const by = () => byOf(harness.context, actor);
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
    return (await commit(createResource(by(), all))).resource;
  };
  const decideBooking = (on: Resource, fields: Partial<BookingFields>) =>
    must(
      createBooking(by(), on, {
        ownerId: person.id,
        fields: { title: "Booking", ...noFields, ...slot(0, 1), ...fields },
      }),
    );
  return {
    store,
    actor,
    person,
    commit,
    resource,
    decideBooking,
    book: (on: Resource, fields: Partial<BookingFields>) => commit(decideBooking(on, fields)),
    move: (booking: Booking, on: Resource, fields: Partial<BookingFields>) => {
      const patch = { ...fields, resourceId: on.id };
      return commit(must(changeBooking(by(), booking, { patch, resource: on })));
    },
    cancel: (booking: Booking) => commit(cancelBooking(by(), booking, { reason: null })),
    changeResource: (before: Resource, patch: Partial<ResourceFields>) =>
      commit(must(changeResource(by(), before, { patch }))),
    deleteResource: (before: Resource) => commit(must(deleteResource(by(), before))),
  };
}
