import { and, asc, count, desc, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { longestBookingMs } from "../../src/domain/interval.ts";
import type { BookingFilter, BookingSort, PageRequest, Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { given, madeOnceEach } from "./lookup.ts";
import { beyond } from "./page.ts";

const dayMs = 24 * 60 * 60 * 1000;
const before = (time: Date, ms: number) => new Date(time.getTime() - ms);

type Request = PageRequest<BookingSort>;

/** Pages of bookings. The text of a query depends only on what is asked by, not on the values, and is made once. */
export function bookingPages({ db, tables, contains, longerThanADay }: Engine): Store["bookings"]["list"] {
  const { bookings } = tables;

  /** The value of this name, written as the dialect writes those of the column. */
  const value = (column: PgColumn, name: string) => sql.param(sql.placeholder(name), column);
  const sortColumn = (sort: BookingSort) =>
    sort.endsWith("startTime") ? bookings.startTime : bookings.createdAt;

  const matching = (filter: BookingFilter) =>
    and(
      given(bookings.organizationId, "organizationId"),
      filter.ownerId ? given(bookings.ownerId, "ownerId") : undefined,
      filter.resourceId ? given(bookings.resourceId, "resourceId") : undefined,
      filter.status?.length ? inArray(bookings.status, filter.status) : undefined,
      filter.to ? lt(bookings.startTime, value(bookings.startTime, "to")) : undefined,
      filter.from ? gt(bookings.endTime, value(bookings.endTime, "from")) : undefined,
      // No booking is longer than this, so the index on the start serves both bounds.
      filter.from ? gte(bookings.startTime, value(bookings.startTime, "earliest")) : undefined,
      filter.q ? contains(bookings.title, filter.q) : undefined,
    );

  const start = ({ sort, after }: Request) => {
    if (!after) return undefined;
    const column = sortColumn(sort);
    return beyond(sort, [column, value(column, "afterValue")], [bookings.id, value(bookings.id, "afterId")]);
  };

  const inOrder = (sort: BookingSort) => {
    const order = sort.startsWith("-") ? desc : asc;
    return [order(sortColumn(sort)), order(bookings.id)];
  };
  const select = (where: SQL | undefined, sort: BookingSort) =>
    db
      .select()
      .from(bookings)
      .where(where)
      .orderBy(...inOrder(sort))
      .limit(sql.placeholder("limit"));

  /**
   * What overlaps an interval, by its start: the few that began more than a day before it, by an index of the long ones,
   * and the rest. By one range of the index on the start, everything of the year before would be looked at.
   */
  const inInterval = (where: SQL | undefined, sort: BookingSort) => {
    const dayBefore = value(bookings.startTime, "dayBefore");
    const long = select(and(where, lt(bookings.startTime, dayBefore), longerThanADay), sort).as("long");
    const rest = select(and(where, gte(bookings.startTime, dayBefore)), sort).as("rest");
    return db
      .select()
      .from(long)
      .unionAll(db.select().from(rest))
      .orderBy(...inOrder(sort))
      .limit(sql.placeholder("limit"));
  };

  const pages = madeOnceEach((filter: BookingFilter, page: Request) => {
    const where = and(matching(filter), start(page));
    if (page.page !== undefined) return select(where, page.sort).offset(sql.placeholder("offset"));
    return filter.from && page.sort.endsWith("startTime")
      ? inInterval(where, page.sort)
      : select(where, page.sort);
  });
  const totals = madeOnceEach((filter: BookingFilter) =>
    db.select({ total: count() }).from(bookings).where(matching(filter)),
  );

  return async (organizationId, filter, request) => {
    const { from } = filter;
    const { limit, after, page, sort } = request;
    const values = {
      ...filter,
      organizationId,
      ...(from ? { earliest: before(from, longestBookingMs), dayBefore: before(from, dayMs) } : {}),
      ...(after ? { afterValue: after.value, afterId: after.id } : {}),
      limit: limit + 1,
      offset: page === undefined ? 0 : (page - 1) * limit,
    };
    // What is searched for, and the statuses, are in the text itself.
    const asked = Object.entries(filter).flatMap(([name, given]) => (given === undefined ? [] : name));
    const form = [asked, filter.status, filter.q];
    const key = JSON.stringify([form, sort, after !== undefined, page !== undefined]);
    const rows = await pages(key, filter, request)(values);
    const found = { rows: rows.slice(0, limit), hasMore: rows.length > limit };
    if (page === undefined) return found;
    const [counted] = await totals(JSON.stringify(form), filter)(values);
    return { ...found, total: counted?.total ?? 0 };
  };
}
