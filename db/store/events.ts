import { and, eq, getTableColumns, gte, isNotNull, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Event } from "../../src/domain/event.ts";
import type { LoggedEvent, LogPosition, Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

/** The most changes to read at once. Beyond that it is cheaper to forget everything. */
const maxVisible = 5_000;
/**
 * A margin around an instant: the clocks of the processes that assign ids may differ by this much, and so may an id
 * from its neighbours.
 */
const clockMarginMs = 3_600_000;
const neighbours = 100;

type PartBounds = { after: LogPosition; upTo: LogPosition; since: Date; limit: number };

type EventQueries = Omit<Store["events"], "beginning">;

export function eventQueries({ db, tables: { events }, log }: Engine): EventQueries {
  const columns = getTableColumns(events);
  const logged = { ...columns, position: log.position };
  const { here, mark: newMark, fits, since } = log.visible;
  // The same columns for rows that are not a table to drizzle, but are named like one.
  const joined = Object.fromEntries(
    Object.entries(columns).map(([key, column]) => [
      key,
      sql`events.${sql.identifier(column.name)}`.mapWith(column),
    ]),
  );
  /** The first rows with a value in a column, by the index of that column. */
  const part = (
    column: PgColumn,
    value: string,
    { limit, since: recent, ...bounds }: PartBounds,
    more?: SQL,
  ) => {
    const { where, order } = log.within(column, value, bounds);
    const all = and(where, gte(events.time, recent), more);
    return sql`select * from (select * from events where ${all} order by ${order} limit ${limit}) as part`;
  };
  return {
    ofSubject: (organizationId, subjectId, page) => {
      const where = and(
        eq(events.organizationId, organizationId),
        eq(events.subjectId, subjectId),
        isNotNull(events.version),
      );
      return pageOf(db, events, page, events.version, { walk: where });
    },
    after: (position, limit) =>
      db
        .select(logged)
        .from(events)
        .where(and(log.settled, log.after(position)))
        .orderBy(log.order)
        .limit(limit) as unknown as Promise<LoggedEvent[]>,
    ofBookings: (organizationId, { ownerId, resourceId, ...others }, limit) => {
      const bounds = { ...others, limit };
      const moved = sql`${events.resourceId} is distinct from ${resourceId}`;
      const ofBooking = eq(events.subjectType, "booking");
      const rows = resourceId
        ? sql`${part(events.resourceId, resourceId, bounds)}
            union all ${part(events.previousResourceId, resourceId, bounds, moved)}`
        : ownerId
          ? part(events.ownerId, ownerId, bounds)
          : part(events.organizationId, organizationId, bounds, ofBooking);
      return (
        db
          .select({ ...joined, position: log.position })
          .from(sql`(${rows}) as events`)
          // True for everything of an owner or a resource in this organization. Outside, so that no other index looks
          // shorter.
          .where(sql`events.organization_id = ${organizationId} and events.subject_type = 'booking'`)
          .orderBy(log.order)
          .limit(limit) as unknown as Promise<LoggedEvent[]>
      );
    },
    visibleSince: async (mark) => {
      if (mark === null) {
        const [now] = await db.select({ mark: newMark }).from(here);
        return { mark: now?.mark ?? "", events: null };
      }
      const rows = await db
        .select({ mark: newMark, fits: fits(mark), event: joined })
        .from(here)
        .leftJoin(since(mark), fits(mark))
        .limit(maxVisible + 1);
      const [first] = rows;
      if (!first) throw new Error("The log said nothing about itself.");
      const known = Boolean(first.fits) && rows.length <= maxVisible;
      const found = rows.flatMap(({ event }) => (event.id ? [event as Event] : []));
      return { mark: first.mark, events: known ? found : null };
    },
    positionBefore: async (instant) => {
      const from = idAt(Math.max(0, instant.getTime() - clockMarginMs));
      const [first] = await db
        .select({ position: log.before })
        .from(sql`(select * from events where id >= ${from} order by id limit ${neighbours}) as nearby`)
        .orderBy(log.order)
        .limit(1);
      return first?.position ?? null;
    },
    unsettledSince: async () => {
      const [oldest] = await db
        .select({ time: events.time })
        .from(events)
        .where(log.unsettled)
        .orderBy(log.order)
        .limit(1);
      return oldest?.time ?? null;
    },
    positionOf: async (organizationId, eventId) => {
      const [found] = await db
        .select({ position: log.position })
        .from(events)
        .where(and(eq(events.id, eventId), eq(events.organizationId, organizationId)))
        .limit(1);
      return found?.position ?? null;
    },
    latestOfBookings: async (organizationId, upTo) => {
      const bounds = { after: log.beginning, upTo };
      const { where, reverseOrder } = log.within(events.organizationId, organizationId, bounds);
      const [found] = await db
        .select({ id: events.id })
        .from(events)
        .where(and(where, eq(events.subjectType, "booking")))
        .orderBy(reverseOrder)
        .limit(1);
      return found?.id ?? null;
    },
    issued: async (position) => {
      const issued = log.issued(position);
      if (!issued) return false;
      const [found] = await db
        .select({ issued: sql<boolean | number>`${issued}` })
        .from(sql`(select 1) as one`);
      return Boolean(found?.issued);
    },
    end: async () => {
      const [last] = await db
        .select({ position: log.position })
        .from(events)
        .where(log.settled)
        .orderBy(log.reverseOrder)
        .limit(1);
      return last?.position ?? log.beginning;
    },
  };
}

/** The least UUIDv7 of an instant: the first 48 bits are its milliseconds (RFC 9562). */
function idAt(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
