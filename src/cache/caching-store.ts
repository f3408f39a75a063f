import { LRUCache } from "lru-cache";
import type { Change } from "../domain/change.ts";
import type { Event } from "../domain/event.ts";
import type { Interval } from "../domain/scheduling/interval.ts";
import { gather } from "../lib/gather.ts";
import { shared } from "../lib/share.ts";
import type { Store } from "../ports/store.ts";

const maxEntries = 10_000;
/** When changes may have gone unnoticed for this long, the cache is not trusted: reads go to the database. */
const longestBlindMs = 1_500;

export type CachingStore = {
  store: Store;
  /** Forgets the subject of an event; called for each change that this or another process has committed. */
  forget(event: Pick<Event, "subjectId">): void;
  /** Forgets everything: for when nobody can say what has changed. */
  forgetAll(): void;
  /** From now on, reads are cached, as long as the caller of `forget` has recently read all changes. */
  follow(watch: { watchAgeMs(): number }): void;
};

type BookingKey = { organizationId: string; id: string };

type Held = { value: Promise<unknown>; subjects: string[] };

const slotKey = (resourceId: string, { startTime, endTime }: Interval, limit = 0) =>
  `${resourceId} ${startTime.getTime()} ${endTime.getTime()} ${limit}`;

/**
 * A store that caches sessions, users and resources: what almost every request needs. The log keeps it current: a
 * commit of this process forgets its subjects at once, and the watch forgets what others have changed. It batches
 * concurrent reads: why a slot is taken, and bookings by their ids.
 *
 * The cache stores the read itself, from its start: a read that a change overtakes is dropped with the rest.
 */
export function cachingStore(store: Store): CachingStore {
  /** Which entries to forget with a change of a subject. */
  const keysOf = new Map<string, Set<string>>();
  /** For each read in progress, what was forgotten meanwhile: only its answer shows everything that it is about. */
  const underWay = new Set<Set<string>>();
  const held = new LRUCache<string, Held>({
    max: maxEntries,
    dispose: ({ subjects }, key) => {
      for (const subject of subjects) {
        const keys = keysOf.get(subject);
        keys?.delete(key);
        if (keys?.size === 0) keysOf.delete(subject);
      }
    },
  });
  let watchAgeMs = () => Number.POSITIVE_INFINITY;

  const tie = (key: string, entry: Held, subject: string) => {
    const keys = keysOf.get(subject) ?? new Set();
    keysOf.set(subject, keys.add(key));
    entry.subjects.push(subject);
  };
  const remember = <T>(
    key: string,
    subject: string,
    read: () => Promise<T>,
    about: (value: T & {}) => string[] = () => [],
  ): Promise<T> => {
    if (watchAgeMs() > longestBlindMs) return read();
    const known = held.get(key);
    if (known) return known.value as Promise<T>;
    const forgotten = new Set<string>();
    underWay.add(forgotten);
    const value = read().finally(() => underWay.delete(forgotten));
    const entry: Held = { value, subjects: [] };
    held.set(key, entry);
    tie(key, entry, subject);
    const drop = () => {
      if (held.peek(key) === entry) held.delete(key);
    };
    value.then((found) => {
      // Absent rows are not cached: guesses would take the space of real ones.
      const others = found === null || found === undefined ? null : about(found);
      if (!others?.every((other) => !forgotten.has(other))) return drop();
      if (held.peek(key) === entry) for (const other of others) tie(key, entry, other);
    }, drop);
    return value;
  };
  const forget = ({ subjectId }: Pick<Event, "subjectId">) => {
    for (const missed of underWay) missed.add(subjectId);
    for (const key of [...(keysOf.get(subjectId) ?? [])]) held.delete(key);
  };
  const { sessions, users, resources, bookings } = store;
  const bookingById = gather(async (keys: BookingKey[]) => {
    const [key] = keys as [BookingKey];
    return keys.length === 1 ? [await bookings.byId(key.organizationId, key.id)] : bookings.byIds(keys);
  });
  return {
    forget,
    // A read in progress is in there too, so its result is not cached.
    forgetAll: () => held.clear(),
    follow: (watch) => {
      watchAgeMs = watch.watchAgeMs;
    },
    store: {
      ...store,
      commit: async (change) => {
        const outcome = await store.commit(change);
        for (const event of change.insert?.events ?? []) forget(event);
        // A refusal may be due to cached data: the next decision reads everything that it was about.
        if (outcome !== "committed") for (const subjectId of subjectsOf(change)) forget({ subjectId });
        return outcome;
      },
      sessions: {
        ...sessions,
        withUser: (id) =>
          remember(
            `session ${id}`,
            id,
            () => sessions.withUser(id),
            (found) => [found.user.id],
          ),
      },
      users: {
        ...users,
        byId: (organizationId, id) =>
          remember(`user ${organizationId} ${id}`, id, () => users.byId(organizationId, id)),
      },
      bookings: {
        ...bookings,
        byId: (organizationId, id) => bookingById({ organizationId, id }),
        overlapping: shared(bookings.overlapping, slotKey),
      },
      resources: {
        ...resources,
        space: shared(resources.space, slotKey),
        busy: shared(resources.busy, slotKey),
        byId: (organizationId, id) =>
          remember(`resource ${organizationId} ${id}`, id, () => resources.byId(organizationId, id)),
      },
    },
  };
}

/** The ids of everything that the rows of a change are or refer to. */
function subjectsOf({ insert = {}, update = {}, requires = [] }: Change): Set<string> {
  const rows: object[] = [...Object.values(insert), ...Object.values(update), requires].flat();
  return new Set(rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === "string"));
}
