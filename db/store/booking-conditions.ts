import { and, asc, desc, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { BookingFilter, BookingSort } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { given } from "./lookup.ts";
import { beyond, notBeyond } from "./page.ts";

/** Which conditions a query has. Its text depends on these names, and on no value. */
export type Form = {
  filter: BookingFilter;
  sort: BookingSort;
  after: boolean;
  upTo: boolean;
  isNumbered: boolean;
};

export const byStart = (sort: BookingSort) => sort.endsWith("startTime");

/** The conditions that bookings are listed by, with placeholders for all values. */
export function bookingConditions({ tables: { bookings }, among, contains }: Engine) {
  /** The value of this name, written as the dialect writes those of the column. */
  const value = (column: PgColumn, name: string) => sql`${sql.param(sql.placeholder(name), column)}`;
  const sortColumn = (sort: BookingSort) => (byStart(sort) ? bookings.startTime : bookings.createdAt);

  const home = given(bookings.organizationId, "organizationId");
  /** The same, phrased so that the planner uses no index for it: an owner's or a resource's rows have their own. */
  const homeToo = sql`(${home}) is true`;
  const owner = ({ ownerId }: BookingFilter) => (ownerId ? given(bookings.ownerId, "ownerId") : undefined);
  const resource = ({ resourceId }: BookingFilter) =>
    resourceId ? given(bookings.resourceId, "resourceId") : undefined;
  const interval = ({ from, to }: BookingFilter) =>
    and(
      to ? lt(bookings.startTime, value(bookings.startTime, "to")) : undefined,
      from ? gt(bookings.endTime, value(bookings.endTime, "from")) : undefined,
      // No booking is longer than this, so the index on the start serves both bounds.
      from ? gte(bookings.startTime, value(bookings.startTime, "earliest")) : undefined,
    );
  const status = ({ status }: BookingFilter) =>
    status ? among(bookings.status, sql.placeholder("status")) : undefined;
  const search = ({ q }: BookingFilter) => (q ? contains(bookings.title, sql.placeholder("q")) : undefined);
  const bounds = ({ sort, after, upTo }: Form) => {
    const column = sortColumn(sort);
    const row = (name: string): [[PgColumn, SQL], [PgColumn, SQL]] => [
      [column, value(column, `${name}Value`)],
      [bookings.id, value(bookings.id, `${name}Id`)],
    ];
    return and(
      after ? beyond(sort, ...row("after")) : undefined,
      upTo ? notBeyond(sort, ...row("upTo")) : undefined,
    );
  };

  return {
    value,
    sortColumn,
    inOrder: (sort: BookingSort) => {
      const order = sort.startsWith("-") ? desc : asc;
      return [order(sortColumn(sort)), order(bookings.id)];
    },
    /**
     * What a walk in this order comes by, and what to look for among a bounded number of that: a text and with it a
     * status, and where the order is that of creation also a resource and an interval. A numbered page counts: it looks
     * only for texts.
     */
    parts: (form: Form): { walk: SQL | undefined; rest: SQL | undefined } => {
      const { filter, sort, isNumbered } = form;
      const place = and(resource(filter), interval(filter));
      const isByPlace = byStart(sort) && filter.resourceId !== undefined;
      const own = and(filter.ownerId || isByPlace ? homeToo : home, owner(filter));
      const isSearch = filter.q !== undefined && !isNumbered;
      const walk = and(own, isSearch ? undefined : status(filter), bounds(form));
      const sought = and(isSearch ? status(filter) : undefined, search(filter));
      if (byStart(sort) || isNumbered) return { walk: and(walk, place), rest: sought };
      return { walk, rest: and(place, sought) };
    },
    /** The conditions that the indexes on the start serve in any order; and those to check on the rows found. */
    inInterval: (form: Form): { found: SQL | undefined; rest: SQL | undefined } => ({
      found: and(form.filter.resourceId ? homeToo : home, resource(form.filter), interval(form.filter)),
      rest: and(status(form.filter), search(form.filter), bounds(form)),
    }),
  };
}
