import type { Evidence } from "../evidence.ts";
import { mayHold, type Timeline } from "./timeline.ts";

/** At no time was there for certain no active admin. */
export function anAdminIsLeft({ rows }: Evidence, { users }: Timeline): string[] {
  const admins = [...users.values()]
    .flat()
    .filter(({ value }) => value.role === "admin" && value.status === "active");
  const first = Math.min(...admins.map(({ from }) => from.earliest));
  const ends = admins.map(({ until }) => until.latest).filter((at) => Number.isFinite(at) && at > first);
  const alone = ends.filter((at) => !admins.some((state) => mayHold(state, at + 1, at + 1)));
  const now = rows.users.some(({ role, status }) => role === "admin" && status === "active");
  return [
    ...alone.map((at) => `Nobody was an admin at ${new Date(at).toISOString()}.`),
    ...(now ? [] : ["Nobody is an admin now."]),
  ];
}

/** Nothing is booked ahead on what is deleted. */
export function deletedResourcesAreFree({ rows }: Evidence): string[] {
  const deletedAt = new Map(
    rows.resources.map(({ id, deletedAt }) => [id, deletedAt ?? Number.POSITIVE_INFINITY]),
  );
  return rows.claims
    .filter(({ blocking, resourceId, endTime }) => blocking && endTime > (deletedAt.get(resourceId) ?? 0))
    .map(({ id, resourceId }) => `${id} is booked on ${resourceId}, which is deleted.`);
}
