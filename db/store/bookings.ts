import { and, eq, gt, gte, inArray, lt } from "drizzle-orm";
import { longestBookingMs } from "../../src/domain/interval.ts";
import type { BookingFilter, BookingSort, Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { blockingDuring } from "./claims.ts";
import { given, lookup } from "./lookup.ts";
import { pageOf } from "./page.ts";

export function bookingQueries({ db, tables, contains }: Engine): Store["bookings"] {
  const { bookings, claims } = tables;
  const sortColumns = {
    startTime: bookings.startTime,
    "-startTime": bookings.startTime,
    createdAt: bookings.createdAt,
    "-createdAt": bookings.createdAt,
  } satisfies Record<BookingSort, unknown>;

  const matching = (organizationId: string, filter: BookingFilter) =>
    and(
      eq(bookings.organizationId, organizationId),
      filter.ownerId ? eq(bookings.ownerId, filter.ownerId) : undefined,
      filter.resourceId ? eq(bookings.resourceId, filter.resourceId) : undefined,
      filter.status?.length ? inArray(bookings.status, filter.status) : undefined,
      filter.to ? lt(bookings.startTime, filter.to) : undefined,
      filter.from ? gt(bookings.endTime, filter.from) : undefined,
      // No booking is longer than this, so the index on the start serves both bounds.
      filter.from ? gte(bookings.startTime, new Date(filter.from.getTime() - longestBookingMs)) : undefined,
      filter.q ? contains(bookings.title, filter.q) : undefined,
    );

  const byId = lookup(() =>
    db
      .select()
      .from(bookings)
      .where(and(given(bookings.organizationId, "organizationId"), given(bookings.id, "id")))
      .prepare("booking_by_id"),
  );

  return {
    byId: (organizationId, id) => byId({ organizationId, id }),
    list: (organizationId, filter, page) =>
      pageOf(db, bookings, page, sortColumns[page.sort], matching(organizationId, filter)),
    overlapping: (resourceId, interval, limit) =>
      db
        .select({
          bookingId: claims.id,
          resourceId: claims.resourceId,
          startTime: claims.startTime,
          endTime: claims.endTime,
          ownerId: bookings.ownerId,
          title: bookings.title,
        })
        .from(claims)
        .innerJoin(bookings, eq(bookings.id, claims.id))
        .where(blockingDuring(tables, resourceId, interval))
        .orderBy(claims.startTime)
        .limit(limit),
  };
}
