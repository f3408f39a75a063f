import { sql } from "drizzle-orm";
import { type Interval, longestBookingMs } from "../../src/domain/interval.ts";
import type { Engine } from "../engines/engine.ts";

/** Blocking claims on a resource that touch an interval: what `during` gives. */
export function blockingDuring({ tables: { claims }, blockingClaims }: Engine) {
  // As a value of such a column, so that it is written as the dialect writes them.
  const instant = (name: string) => sql.param(sql.placeholder(name), claims.startTime);
  return blockingClaims({
    resourceId: sql`${sql.placeholder("resourceId")}`,
    startTime: sql`${instant("startTime")}`,
    endTime: sql`${instant("endTime")}`,
    earliest: sql`${instant("earliest")}`,
  });
}

/** The values that `blockingDuring` is asked with. */
export function during(resourceId: string, { startTime, endTime }: Interval) {
  return { resourceId, startTime, endTime, earliest: new Date(startTime.getTime() - longestBookingMs) };
}
