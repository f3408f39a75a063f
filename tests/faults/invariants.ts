import { missummedResources } from "../../db/occupancy.ts";
import { openTestStore, runSql } from "../support/databases.ts";
import { foldBookings } from "../support/fold.ts";
import { settled } from "../support/settled.ts";
import type { History } from "./load.ts";

/** Pairs of blocking claims that overlap on a resource of capacity one. */
export async function overlaps(url: string): Promise<number> {
  const [found] = await runSql(
    url,
    `select count(*) as n from claims a join claims b on a.resource_id = b.resource_id and (a.id, a.part) < (b.id, b.part)
       and a.start_time < b.end_time and b.start_time < a.end_time
     join resources r on r.id = a.resource_id and r.capacity = 1
     where a.blocking and b.blocking`,
  );
  return Number(found?.n);
}

/** Resources on which more is taken at some instant than they hold. */
export async function overbooked(url: string): Promise<number> {
  const [found] = await runSql(
    url,
    `select count(*) as n from (
       select resource_id, sum(by) over (partition by resource_id order by at, by) as taken from (
         select resource_id, start_time as at, quantity as by from claims where blocking
         union all select resource_id, end_time, -quantity from claims where blocking
       ) as steps
     ) as running join resources r on r.id = running.resource_id where taken > r.capacity`,
  );
  return Number(found?.n);
}

/** How many resources have sums that are not those of their claims. */
export async function missummed(url: string): Promise<number> {
  return (await runSql(url, missummedResources)).length;
}

/** Acknowledged bookings that are missing, or older than what was acknowledged. */
export async function lost(url: string, history: History): Promise<string[]> {
  const rows = await runSql(url, "select id, version from bookings");
  const versions = new Map(rows.map((row) => [String(row.id), Number(row.version)]));
  return [...history.acknowledged]
    .filter(([id, known]) => (versions.get(id) ?? 0) < known.version)
    .map(([id]) => id);
}

/** The ids of bookings whose row, or whose claim, is not what the log tells; throws where the log contradicts itself. */
export async function differsFromLog(url: string): Promise<string[]> {
  const store = await openTestStore(url);
  try {
    await settled(store);
    const folded = await foldBookings(store);
    const rows = await runSql(url, "select id, version, title, status from bookings");
    const claims = await runSql(url, "select id from claims where blocking");
    const blocking = new Set(claims.map((claim) => String(claim.id)));
    const wrong = rows.filter((row) => {
      const told = folded.get(String(row.id));
      const same =
        told?.version === Number(row.version) && told.title === row.title && told.status === row.status;
      return !same || blocking.has(String(row.id)) !== (row.status === "confirmed");
    });
    return [
      ...wrong.map((row) => String(row.id)),
      ...(folded.size === rows.length ? [] : ["another number of bookings"]),
    ];
  } finally {
    await store.close();
  }
}

type Lived = { resourceId: unknown; startTime: string; endTime: string; from: number; until: number };

/** Refusals without a booking that blocked the slot at some time between question and answer. */
export async function unexplained(url: string, history: History): Promise<number> {
  const store = await openTestStore(url);
  const lived: Lived[] = [];
  try {
    const { wholeLog } = await import("../support/fold.ts");
    await settled(store);
    const current = new Map<string, Lived>();
    for (const event of await wholeLog(store)) {
      if (event.subjectType !== "booking" || event.version === null) continue;
      const at = event.time.getTime();
      const before = current.get(event.subjectId);
      if (before) before.until = at;
      const { resourceId, startTime, endTime, status } = event.data.booking;
      if (status !== "confirmed") continue;
      const state = { resourceId, startTime, endTime, from: at, until: Number.POSITIVE_INFINITY };
      current.set(event.subjectId, state);
      lived.push(state);
    }
  } finally {
    await store.close();
  }
  // An event's time is taken before its commit, which may wait: half a minute covers the longest wait there is.
  const slack = 30_000;
  return history.refused.filter(
    (refusal) =>
      !lived.some(
        (state) =>
          state.resourceId === refusal.resourceId &&
          state.startTime < refusal.endTime &&
          refusal.startTime < state.endTime &&
          state.from <= refusal.answeredAt &&
          state.until + slack >= refusal.askedAt,
      ),
  ).length;
}
