import { and, sql } from "drizzle-orm";
import { type Interval, longestBookingMs } from "../../src/domain/interval.ts";
import type { Tables } from "../tables.ts";
import { given } from "./lookup.ts";

/** Blocking claims on a resource that touch an interval. The third bound keeps the search to a range of the index. */
export function blockingDuring({ claims }: Tables) {
  // As a value of such a column, so that it is written as the dialect writes them.
  const instant = (name: string) => sql.param(sql.placeholder(name), claims.startTime);
  return and(
    given(claims.resourceId, "resourceId"),
    claims.blocking,
    sql`${claims.startTime} < ${instant("endTime")}`,
    sql`${claims.endTime} > ${instant("startTime")}`,
    sql`${claims.startTime} > ${instant("earliest")}`,
  );
}

/** The values that `blockingDuring` is asked with. */
export function during(resourceId: string, { startTime, endTime }: Interval) {
  return { resourceId, startTime, endTime, earliest: new Date(startTime.getTime() - longestBookingMs) };
}
