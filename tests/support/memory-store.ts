import { type Change, type Rows, type TableName, updatesOf } from "../../src/domain/change.ts";
import type { Interval } from "../../src/domain/scheduling/interval.ts";
import type { CommitOutcome, Store } from "../../src/ports/store.ts";

type Tables = { [T in TableName]?: Map<string, Rows[T]> };

const touches = (one: Interval, other: Interval) =>
  one.startTime < other.endTime && one.endTime > other.startTime;

/** A store in memory, for the core without any engine: what booking needs of the port, and a guard against overlaps. */
export function memoryStore(): Store {
  const tables: Tables = {};
  const rows = <T extends TableName>(name: T): Map<string, Rows[T]> => {
    const found = (tables[name] ?? new Map()) as Map<string, Rows[T]>;
    (tables as Record<string, unknown>)[name] = found;
    return found;
  };
  const blocking = (resourceId: string, interval: Interval) =>
    [...rows("claims").values()].filter(
      (claim) => claim.blocking && claim.resourceId === resourceId && touches(claim, interval),
    );
  const home = <T extends { organizationId: string }>(found: T | undefined, organizationId: string) =>
    found?.organizationId === organizationId ? found : null;

  const commit = async ({ insert = {}, update = {} }: Change): Promise<CommitOutcome> => {
    for (const claim of [...(insert.claims ?? []), ...(update.claims ?? [])]) {
      const others = blocking(claim.resourceId, claim).filter(({ id }) => id !== claim.id);
      const taken = others.reduce((sum, { quantity }) => sum + quantity, claim.quantity);
      const capacity = rows("resources").get(claim.resourceId)?.capacity ?? 0;
      if (claim.blocking && taken > capacity) return "slot_taken";
    }
    for (const name of Object.keys({ ...insert, ...update }) as TableName[])
      for (const row of [...(insert[name] ?? []), ...updatesOf(update, name)] as { id: string }[])
        rows(name).set(row.id, row as never);
    return "committed";
  };
  return {
    engine: "memory",
    commit,
    organizations: {
      bySlug: async (slug: string) =>
        [...rows("organizations").values()].find((one) => one.slug === slug) ?? null,
    },
    users: {
      byId: async (organizationId: string, id: string) => home(rows("users").get(id), organizationId),
    },
    resources: {
      byId: async (organizationId: string, id: string) => home(rows("resources").get(id), organizationId),
      space: async (resourceId: string, interval: Interval) => {
        const capacity = rows("resources").get(resourceId)?.capacity ?? 0;
        return { capacity, busy: blocking(resourceId, interval) };
      },
    },
    bookings: {
      byId: async (organizationId: string, id: string) => home(rows("bookings").get(id), organizationId),
      overlapping: async (resourceId: string, interval: Interval) =>
        blocking(resourceId, interval).map(({ id, ...claim }) => {
          const { title, ownerId } = rows("bookings").get(id) as Rows["bookings"];
          return { ...claim, bookingId: id, title, ownerId };
        }),
    },
  } as unknown as Store;
}
