import { and, eq, gt, lt } from "drizzle-orm";
import { type Interval, longestBookingMs } from "../../src/domain/interval.ts";
import type { Tables } from "../tables.ts";

/** Blocking claims on a resource that touch an interval. The third bound keeps the search to a range of the index. */
export function blockingDuring({ claims }: Tables, resourceId: string, { startTime, endTime }: Interval) {
  return and(
    eq(claims.resourceId, resourceId),
    claims.blocking,
    lt(claims.startTime, endTime),
    gt(claims.endTime, startTime),
    gt(claims.startTime, new Date(startTime.getTime() - longestBookingMs)),
  );
}
