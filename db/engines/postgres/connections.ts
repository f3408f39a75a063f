import type { Change } from "../../../src/domain/change.ts";
import { unavailable } from "../outage.ts";

/** How long a query may wait for a connection before the caller gets 503. */
const waitMs = 2_000;

/** A thing that a commit may have to wait for, with how many such commits may be under way at once. */
type Limited = { id: string; most: number };

/** What a commit locks; undefined for everything else. */
type Locks = Limited[] | undefined;

/**
 * Decides who gets one of `size` connections next: the first who may. A commit can wait for a row's lock until its
 * statement times out, so commits leave some connections to everything else, and those that lock the same thing leave
 * some to other commits.
 */
export function shareConnections(size: number) {
  const commits = { most: Math.max(Math.ceil(size / 2), size - 3), underWay: 0 };
  const locking = new Map<string, number>();
  const waiting = new Set<{ locks: Locks; start: () => void }>();
  let free = size;

  const mayStart = (locks: Locks) =>
    free > 0 &&
    (!locks ||
      (commits.underWay < commits.most && locks.every(({ id, most }) => (locking.get(id) ?? 0) < most)));
  const count = (locks: Locks, by: 1 | -1) => {
    free -= by;
    if (!locks) return;
    commits.underWay += by;
    for (const { id } of locks) {
      const underWay = (locking.get(id) ?? 0) + by;
      if (underWay > 0) locking.set(id, underWay);
      else locking.delete(id);
    }
  };
  const inTurn = (locks: Locks) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(entry);
        reject(unavailable("Every database connection is busy."));
      }, waitMs);
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const entry = { locks, start };
      waiting.add(entry);
    });
  const end = (locks: Locks) => {
    count(locks, -1);
    for (const next of waiting) {
      if (free === 0) break;
      if (!mayStart(next.locks)) continue;
      waiting.delete(next);
      count(next.locks, 1);
      next.start();
    }
  };

  return {
    /** Resolves to what gives the connection back. `change` is what a commit writes. */
    acquire: async (change?: Change): Promise<() => void> => {
      const locks = change && locksOf(change, commits.most);
      if (mayStart(locks)) count(locks, 1);
      else await inTurn(locks);
      return () => end(locks);
    },
  };
}

/**
 * Bookings and resources change one at a time, so half of the connections is as fast as all. One person may make many
 * bookings at the same time, and leaves only the last connection to others.
 */
function locksOf({ insert = {}, update = {}, requires = [] }: Change, commits: number): Limited[] {
  const ids = new Map<string, number>();
  const half = Math.ceil(commits / 2);
  const allButOne = Math.max(half, commits - 1);
  const add = (id: string | null, most: number) => {
    if (id) ids.set(id, Math.min(most, ids.get(id) ?? most));
  };
  for (const { userId } of requires) add(userId, allButOne);
  for (const { id } of update.users ?? []) add(id, allButOne);
  for (const { callerId } of insert.receipts ?? []) add(callerId, allButOne);
  for (const { subjectId, ownerId, resourceId, previousResourceId } of insert.events ?? []) {
    add(ownerId, allButOne);
    for (const id of [subjectId, resourceId, previousResourceId]) add(id, half);
  }
  return [...ids].map(([id, most]) => ({ id, most }));
}
