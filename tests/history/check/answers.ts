import type { Evidence } from "../evidence.ts";
import type { Attempt, Operation } from "../record.ts";
import { mayHold, type Timeline } from "./timeline.ts";

/** No server error but 503, and that with a time to come back; nothing limits these clients. */
export function noServerErrors({ operations }: Evidence): string[] {
  return each(operations, ({ status, retryAfter }) => {
    if (status === null || (status < 500 && status !== 429)) return true;
    return status === 503 && Number(retryAfter) > 0;
  });
}

/** Who is shut out or was not found had been disabled, demoted or deleted by then. */
export function noWrongfulRefusals({ operations, people }: Evidence, timeline: Timeline): string[] {
  const lostRights = (id: string, until: number) =>
    (timeline.users.get(id) ?? []).some(
      ({ value, from }) => from.earliest <= until && (value.status !== "active" || value.role !== "admin"),
    );
  const wasDisabled = (id: string, until: number) =>
    (timeline.users.get(id) ?? []).some(
      ({ value, from }) => from.earliest <= until && value.status !== "active",
    );
  const isDeleted = (path: string, until: number) =>
    (timeline.resources.get(path.split(/[/?]/)[3] ?? "") ?? []).some(
      ({ value, from }) => value.deleted && from.earliest <= until,
    );
  const explained = ({ status, answeredAt }: Attempt, { actorId, path, body }: Operation) => {
    const until = answeredAt ?? 0;
    const isCouncillor = people.council.includes(actorId);
    if (status === 401) return isCouncillor ? lostRights(actorId, until) : wasDisabled(actorId, until);
    if (status === 403) return isCouncillor && lostRights(actorId, until);
    if (status === 404) return isDeleted(path, until) || (isCouncillor && lostRights(actorId, until));
    return status !== 400 || body !== undefined;
  };
  return each(operations, explained);
}

/** A process may remember a resource or a person as they were so long ago (docs/decisions/0014). */
const rememberedMs = 2_000;

/** 400: the room is gone or too small, or the owner is disabled, as far as the process could know. */
export function badRequestsHaveReasons({ operations }: Evidence, timeline: Timeline): string[] {
  const explained = ({ status, askedAt, answeredAt, text }: Attempt, { body, path, actorId }: Operation) => {
    if (status !== 400) return true;
    const [from, until] = [askedAt - rememberedMs, answeredAt ?? askedAt];
    const before = timeline.bookings.get(path.split("/")[3] ?? "") ?? [];
    const places = [body?.resourceId, ...before.map(({ value }) => value.resourceId)].map(String);
    const amounts = [body?.quantity, ...before.map(({ value }) => value.quantity)].map((n) => Number(n ?? 1));
    const rooms = places.flatMap((id) => timeline.resources.get(id) ?? []);
    const owner = timeline.users.get(String(body?.ownerId ?? actorId)) ?? [];
    return (
      (text.includes("/resourceId") &&
        rooms.some((room) => room.value.deleted && mayHold(room, from, until))) ||
      (text.includes("has a capacity of") &&
        rooms.some((room) => mayHold(room, from, until) && room.value.capacity < Math.max(...amounts))) ||
      (text.includes("/ownerId") &&
        owner.some((state) => state.value.status !== "active" && mayHold(state, from, until)))
    );
  };
  return each(operations, explained);
}

/** The attempts that are not right, in words. */
export function each(
  operations: Operation[],
  isRight: (attempt: Attempt, operation: Operation) => boolean,
): string[] {
  return operations.flatMap((operation) =>
    operation.attempts
      .filter((attempt) => !isRight(attempt, operation))
      .map(
        ({ status, text }) =>
          `${operation.id}: ${operation.method} ${operation.path} by ${operation.actorId} got ${status} ${text.slice(0, 300)}`,
      ),
  );
}
