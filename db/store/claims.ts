import { and, eq, type SQL, sql } from "drizzle-orm";
import { type Interval, longestBookingMs } from "../../src/domain/scheduling/interval.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { madeOnce } from "./lookup.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Some of the claims that block an interval, with their owners: as many as asked for, the earliest first. */
export function overlappingClaims({ db, tables, blockingClaims }: Engine): Store["bookings"]["overlapping"] {
  const { bookings, claims } = tables;
  // As a value of such a column, so that it is written as the dialect writes them.
  const instant = (name: string) => sql`${sql.param(sql.placeholder(name), claims.startTime)}`;
  const query = madeOnce(() => {
    const [recent, rest] = blockingClaims({
      resourceId: sql`${sql.placeholder("resourceId")}`,
      startTime: instant("startTime"),
      endTime: instant("endTime"),
      dayBefore: instant("dayBefore"),
      earliest: instant("earliest"),
    });
    // Each part stops at the limit, in whatever order its index has: a busy resource has many more.
    const some = (where: SQL | undefined, name: string) => {
      const found = db.select({ id: claims.id, part: claims.part }).from(claims).where(where);
      return db.select().from(found.limit(sql.placeholder("limit")).as(name));
    };
    const touching = some(recent, "recent").unionAll(some(rest, "rest")).as("touching");
    return db
      .select({
        bookingId: claims.id,
        resourceId: claims.resourceId,
        startTime: claims.startTime,
        endTime: claims.endTime,
        ownerId: bookings.ownerId,
        title: bookings.title,
      })
      .from(touching)
      .innerJoin(claims, and(eq(claims.id, touching.id), eq(claims.part, touching.part)))
      .innerJoin(bookings, eq(bookings.id, claims.id))
      .limit(sql.placeholder("limit"))
      .prepare("overlapping");
  });
  return async (resourceId, interval, limit) => {
    const { startTime, endTime } = interval;
    const before = (ms: number) => new Date(startTime.getTime() - ms);
    const bounds = { dayBefore: before(dayMs), earliest: before(longestBookingMs) };
    const found = await query({ resourceId, startTime, endTime, ...bounds, limit });
    return found.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  };
}

/**
 * How much of a resource is taken when, in steps: it reads as many rows as it returns, however many claims add up to
 * them.
 */
export function resourceSpace({ db, tables }: Engine): Store["resources"]["space"] {
  const { resources, occupancy } = tables;
  const instant = (name: string) => sql.param(sql.placeholder(name), occupancy.since);
  const query = madeOnce(() => {
    const edge = (pick: "max" | "min", name: string) =>
      sql`coalesce((
        select ${sql.raw(pick)}(since) from occupancy where resource_id = ${sql.placeholder("resourceId")}
          and since ${sql.raw(pick === "max" ? "<=" : ">=")} ${instant(name)}
      ), ${instant(name)})`;
    const touching = sql`${occupancy.resourceId} = ${resources.id}
      and ${occupancy.since} >= ${edge("max", "startTime")} and ${occupancy.since} <= ${edge("min", "endTime")}`;
    return db
      .select({ capacity: resources.capacity, since: occupancy.since, taken: occupancy.taken })
      .from(resources)
      .leftJoin(occupancy, touching)
      .where(sql`${resources.id} = ${sql.placeholder("resourceId")} and ${resources.deletedAt} is null`)
      .orderBy(occupancy.since)
      .prepare("space");
  });
  return async (resourceId, { startTime, endTime }: Interval) => {
    const steps = await query({ resourceId, startTime, endTime });
    const [first] = steps;
    if (!first) return null;
    const busy = steps.flatMap(({ since, taken }, n) => {
      const until = steps[n + 1]?.since;
      if (!since || !until || !taken || since >= endTime || until <= startTime) return [];
      return { startTime: since, endTime: until, quantity: taken };
    });
    return { capacity: first.capacity, busy };
  };
}
