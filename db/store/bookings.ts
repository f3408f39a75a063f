import { and, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Booking } from "../../src/domain/booking.ts";
import { longestBookingMs } from "../../src/domain/interval.ts";
import type { BookingFilter, BookingSort, PageRequest, Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { blockingDuring, during } from "./claims.ts";
import { given, lookup, madeOnce } from "./lookup.ts";
import { pageOf } from "./page.ts";

const dayMs = 24 * 60 * 60 * 1000;
const before = (time: Date, ms: number) => new Date(time.getTime() - ms);

export function bookingQueries({ db, tables, contains, longerThanADay }: Engine): Store["bookings"] {
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
      filter.from ? gte(bookings.startTime, before(filter.from, longestBookingMs)) : undefined,
      filter.q ? contains(bookings.title, filter.q) : undefined,
    );

  /**
   * What overlaps an interval, by its start: the few that began more than a day before it, by an index of the long ones,
   * then the rest. In one query everything of the year before would be looked at.
   */
  const inInterval = async (where: SQL | undefined, from: Date, page: PageRequest<BookingSort>) => {
    const dayBefore = before(from, dayMs);
    const parts = [
      and(where, lt(bookings.startTime, dayBefore), longerThanADay),
      and(where, gte(bookings.startTime, dayBefore)),
    ];
    if (page.sort === "-startTime") parts.reverse();
    const rows: Booking[] = [];
    let hasMore = false;
    for (const part of parts) {
      if (hasMore) break;
      const rest = { ...page, limit: page.limit - rows.length };
      const found = await pageOf<Booking>(db, bookings, rest, bookings.startTime, part);
      rows.push(...found.rows);
      hasMore = found.hasMore;
    }
    return { rows, hasMore };
  };

  const overlapping = madeOnce(() =>
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
      .where(blockingDuring(tables))
      .orderBy(claims.startTime)
      .limit(sql.placeholder("limit"))
      .prepare("overlapping"),
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
    list: (organizationId, filter, page) => {
      const where = matching(organizationId, filter);
      const byStart = page.sort === "startTime" || page.sort === "-startTime";
      if (filter.from && byStart && page.page === undefined) return inInterval(where, filter.from, page);
      return pageOf(db, bookings, page, sortColumns[page.sort], where);
    },
    overlapping: (resourceId, interval, limit) => overlapping({ ...during(resourceId, interval), limit }),
  };
}
