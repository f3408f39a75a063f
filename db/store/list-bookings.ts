import { and, count, gte, lt, type SQL, sql } from "drizzle-orm";
import { longestBookingMs } from "../../src/domain/scheduling/interval.ts";
import type { PageRequest } from "../../src/ports/page.ts";
import type { BookingFilter, BookingSort, Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { bookingConditions, byStart, type Form } from "./booking-conditions.ts";
import { madeOnceEach } from "./lookup.ts";
import { boundedPage, maxLookedAt as maxByDefault, type Position, rowsToSearch } from "./page.ts";

const dayMs = 24 * 60 * 60 * 1000;
const before = (time: Date, ms: number) => new Date(time.getTime() - ms);

/**
 * Pages of bookings. A page walks an index in the requested order, and checks the other conditions on a bounded number
 * of the rows found. The text of a query depends only on which conditions it has, not on their values, and is built
 * once.
 */
export function bookingPages(engine: Engine, maxLookedAt = maxByDefault): Store["bookings"]["list"] {
  /** An interval or a resource with no more bookings than this is read and sorted, whatever the order asked for. */
  const maxSorted = Math.floor(maxLookedAt / 5);
  const { db, tables, longerThanADay, searchPattern } = engine;
  const { bookings } = tables;
  const { value, sortColumn, inOrder, parts, inInterval } = bookingConditions(engine);

  const select = (where: SQL | undefined, sort: BookingSort, limit: string, from = bookings) =>
    db
      .select()
      .from(from)
      .where(where)
      .orderBy(...inOrder(sort))
      .limit(sql.placeholder(limit));
  /** Rows of a subquery, under the table's name, so that conditions on the table apply to them. */
  const named = (rows: { as(name: string): unknown }) => rows.as("bookings") as typeof bookings;

  /**
   * Bookings that overlap an interval, by their start: the few that began more than a day before it, from an index of
   * long bookings, and the others. With one range of the index on the start, the query would look at everything of the
   * year before.
   */
  const overlapping = (walk: SQL | undefined, sort: BookingSort, limit: string, reach = limit) => {
    const dayBefore = value(bookings.startTime, "dayBefore");
    const arm = (where: SQL | undefined) => select(and(walk, where), sort, reach);
    const long = arm(and(lt(bookings.startTime, dayBefore), longerThanADay)).as("long");
    const others = arm(gte(bookings.startTime, dayBefore)).as("others");
    return db
      .select()
      .from(long)
      .unionAll(db.select().from(others))
      .orderBy(...inOrder(sort))
      .limit(sql.placeholder(limit));
  };
  const walked = (form: Form, limit: string, reach = limit) =>
    form.filter.from && byStart(form.sort)
      ? overlapping(parts(form).walk, form.sort, limit, reach)
      : select(parts(form).walk, form.sort, limit);
  /** The rows on which a walk checks the other conditions: always the first ones of the whole walk. */
  const lookedAt = (form: Form) => named(walked(form, "lookedAt"));
  /** Everything of an interval or a resource, up to a bound. */
  const candidates = (form: Form) => {
    const { found } = inInterval(form);
    const all = form.filter.from
      ? overlapping(found, "startTime", "maxSorted")
      : select(found, "startTime", "maxSorted");
    return named(all);
  };

  const offset = sql.placeholder("offset");
  const pages = madeOnceEach((form: Form) => {
    const { rest } = parts(form);
    if (rest) return select(rest, form.sort, "limit", lookedAt(form)).offset(offset);
    // Both parts of an overlap reach as far as the page does: its offset counts the rows of the two.
    return walked(form, "limit", "reach").offset(offset);
  });
  const sorted = madeOnceEach((form: Form) =>
    select(inInterval(form).rest, form.sort, "limit", candidates(form)).offset(offset),
  );
  const totals = madeOnceEach((form: Form) => {
    const { walk, rest } = parts(form);
    return db
      .select({ total: count() })
      .from(rest ? lookedAt(form) : bookings)
      .where(rest ?? walk);
  });
  const sortedTotals = madeOnceEach((form: Form) =>
    db.select({ total: count() }).from(candidates(form)).where(inInterval(form).rest),
  );
  const sizes = madeOnceEach((form: Form) => db.select({ total: count() }).from(candidates(form)));
  const positions = madeOnceEach((form: Form) => {
    const last = { value: sortColumn(form.sort), id: bookings.id };
    return db
      .select(last)
      .from(lookedAt(form))
      .orderBy(...inOrder(form.sort))
      .limit(1)
      .offset(offset);
  });

  return async (organizationId, filter, request) => {
    const { limit, after, page, sort } = request;
    const form = { filter, sort, after: after !== undefined, upTo: false, isNumbered: page !== undefined };
    const lookedAt = rowsToSearch(filter.q, maxLookedAt);
    const skipped = page === undefined ? 0 : (page - 1) * limit;
    const values = {
      ...valuesOf(organizationId, filter, request),
      ...(filter.q ? { q: searchPattern(filter.q) } : {}),
      offset: skipped,
      reach: skipped + limit + 1,
      lookedAt,
      maxSorted: maxSorted + 1,
    };
    const first = async (query: Counting) => (await query(keyOf(form), form)(values))[0]?.total ?? 0;
    const isNarrow =
      !byStart(sort) && !filter.ownerId && (filter.resourceId ?? filter.from ?? filter.to) !== undefined;
    const isSorted = isNarrow && (await first(sizes)) <= maxSorted;
    const read = (upTo?: Position) => {
      const bounded = { ...form, upTo: upTo !== undefined };
      const query = (isSorted ? sorted : pages)(keyOf(bounded), bounded);
      if (!upTo) return query(values);
      return query({ ...values, upToValue: upTo.value, upToId: upTo.id, lookedAt: 2 * lookedAt });
    };
    if (page !== undefined) {
      const rows = await read();
      const total = await first(isSorted ? sortedTotals : totals);
      return { rows: rows.slice(0, limit), hasMore: rows.length > limit, total };
    }
    return boundedPage(limit, read, async () => {
      if (isSorted || !parts(form).rest) return undefined;
      const [last] = await positions(keyOf(form), form)({ ...values, offset: lookedAt - 1 });
      return last as Position | undefined;
    });
  };
}

type Counting = ReturnType<typeof madeOnceEach<[Form], { total: number }>>;

function valuesOf(organizationId: string, filter: BookingFilter, request: PageRequest<BookingSort>) {
  const { from, status } = filter;
  const { limit, after } = request;
  return {
    ...filter,
    organizationId,
    ...(status ? { status: JSON.stringify(status) } : {}),
    ...(from ? { earliest: before(from, longestBookingMs), dayBefore: before(from, dayMs) } : {}),
    ...(after ? { afterValue: after.value, afterId: after.id } : {}),
    limit: limit + 1,
  };
}

/** The names of what is asked by. */
function keyOf({ filter, sort, after, upTo, isNumbered }: Form): string {
  const asked = Object.entries(filter).flatMap(([name, given]) => (given === undefined ? [] : name));
  return JSON.stringify([asked.sort(), sort, after, upTo, isNumbered]);
}
