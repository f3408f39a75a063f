import { type Actor, nobody } from "../../domain/actor.ts";
import { cancelBooking } from "../../domain/bookings/cancel.ts";
import { createBooking } from "../../domain/bookings/create.ts";
import { type Change, isEmpty, mergeChanges } from "../../domain/change.ts";
import {
  demoBooking,
  demoMailDomain,
  demoOrganization,
  demoPerson,
  demoResource,
  demoSizes,
} from "../../domain/demo.ts";
import { createOrganization } from "../../domain/people/organization.ts";
import { createUser, type Role, type User } from "../../domain/people/user.ts";
import { Refusal } from "../../domain/refusal.ts";
import { createResource, type Resource } from "../../domain/resources/resource.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";

type Needs = Pick<Context, "store" | "clock" | "passwords" | "newId">;
type Input = {
  bookings: number;
  /** Of everybody in it. */
  password: string;
  onProgress?: (done: number, total: number) => void;
};
type Made<T> = { made: T[]; change: Change };

/** Many rows of one kind per commit: few round trips, and none locks a resource for long. */
const batch = 250;
/** Commits at the same time, each on resources of its own, so that none waits for another. */
const lanes = 4;

/**
 * Fills a separate organization with people, resources and bookings, through the same decisions and guards as
 * everything else. Returns its admin and the first of its people; null if it already exists.
 */
export async function seedDemo(
  needs: Needs,
  { bookings, password, onProgress = () => {} }: Input,
): Promise<{ admin: User; people: User[] } | null> {
  const { store, passwords, newId } = needs;
  if (await store.organizations.bySlug(demoOrganization)) return null;
  const passwordHash = await passwords.hash(password);
  const fields = { id: newId(), slug: demoOrganization, name: "Demo", demo: true };
  const { organization, change } = createOrganization(byOf(needs, nobody), fields);
  await commit(needs, change);

  const addPerson = (who: { name: string; email: string }, role: Role) =>
    newPerson(needs, organization.id, { ...who, role, passwordHash });
  const admin = addPerson({ name: "Demo Admin", email: `admin@${demoMailDomain}` }, "admin");
  await commit(needs, admin.change);
  const actor: Actor = {
    organizationId: organization.id,
    userId: admin.user.id,
    role: "admin",
    sessionId: "",
  };

  const sizes = demoSizes(bookings);
  const people = await inBatches(needs, sizes.people, (index) => {
    const { user, change } = addPerson(demoPerson(index), "user");
    return { made: [user], change };
  });
  const resources = await inBatches(needs, sizes.resources, (index): Made<Resource> => {
    const { resource, change } = createResource(byOf(needs, actor), demoResource(index));
    return { made: [resource], change };
  });
  await addBookings(needs, { actor, people, resources, bookings, onProgress });
  await store.refreshStatistics();
  return { admin: admin.user, people: people.slice(0, 5) };
}

type Booked = { actor: Actor; people: User[]; resources: Resource[] } & Required<Omit<Input, "password">>;

async function addBookings(needs: Needs, work: Booked): Promise<void> {
  const { bookings, resources, onProgress } = work;
  let done = 0;
  const addLane = async (lane: number) => {
    const ofLane = range(0, bookings).filter((index) => (index % resources.length) % lanes === lane);
    for (let from = 0; from < ofLane.length; from += batch) {
      const some = ofLane.slice(from, from + batch);
      await addBatch(needs, work, some);
      done += some.length;
      onProgress(done, bookings);
    }
  };
  await Promise.all(range(0, lanes).map(addLane));
}

async function addBatch(
  needs: Needs,
  { actor, people, resources, bookings }: Booked,
  indexes: number[],
): Promise<void> {
  const today = new Date(needs.clock.now());
  today.setUTCHours(0, 0, 0, 0);
  const made = indexes.map((index) => {
    const planned = demoBooking(index, bookings, today);
    const { resource, owner, fields } = planned;
    const ownerId = people[owner]?.id ?? "";
    const decided = createBooking(byOf(needs, actor), resources[resource] as Resource, { ownerId, fields });
    if (decided instanceof Refusal) throw decided;
    return { ...planned, ...decided };
  });
  await commit(needs, mergeChanges(...made.map(({ change }) => change)));
  const cancelled = made
    .filter((each) => each.cancelled)
    .map(({ booking }) => cancelBooking(byOf(needs, actor), booking, { reason: "Plans changed." }).change);
  await commit(needs, mergeChanges(...cancelled));
}

function newPerson(
  needs: Needs,
  organizationId: string,
  who: { name: string; email: string; role: Role; passwordHash: string },
) {
  const ids = { id: needs.newId(), calendarId: needs.newId() };
  return createUser(byOf(needs, nobody), { ...who, ...ids, organizationId, emailVerified: true });
}

async function inBatches<T>(needs: Needs, count: number, make: (index: number) => Made<T>): Promise<T[]> {
  const all: T[] = [];
  for (let from = 0; from < count; from += batch) {
    const some = range(from, Math.min(from + batch, count)).map(make);
    await commit(needs, mergeChanges(...some.map(({ change }) => change)));
    all.push(...some.flatMap(({ made }) => made));
  }
  return all;
}

/** Nobody else writes in this organization, so nothing can stand in the way. */
async function commit({ store }: Needs, change: Change): Promise<void> {
  if (isEmpty(change)) return;
  const outcome = await store.commit(change);
  if (outcome !== "committed") throw new Error(`Demo data met ${outcome}.`);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
