import type { Evidence } from "../evidence.ts";
import { isSuccess, type Operation } from "../record.ts";
import { markerOf, type Timeline } from "./timeline.ts";

const kinds = new Set(["create", "change", "cancel"]);

/** Every acknowledged write of a booking is in the log, in the version and with the content that the answer had. */
export function bookingsAcknowledged({ operations }: Evidence, timeline: Timeline): string[] {
  return operations.flatMap((operation) =>
    operation.attempts.filter(isSuccess).flatMap((attempt) => {
      if (operation.kind === "delete") return deletion(operation, timeline, attempt.answeredAt ?? 0);
      if (!kinds.has(operation.kind)) return [];
      const answer = JSON.parse(attempt.text);
      const state = timeline.bookings.get(answer.id)?.find(({ version }) => version === answer.version);
      const problems = [];
      if (!state)
        return [`${operation.id}: version ${answer.version} of ${answer.id} was acknowledged and is gone.`];
      if (!Bun.deepEquals(state.value, answer))
        problems.push(
          `${operation.id}: version ${answer.version} of ${answer.id} is not what was acknowledged.`,
        );
      if (attempt.etag !== `"${answer.version}"`)
        problems.push(`${operation.id}: the ETag is ${attempt.etag}.`);
      if (operation.kind === "create" && attempt.location !== `/api/bookings/${answer.id}`)
        problems.push(`${operation.id}: the Location is ${attempt.location}.`);
      if (operation.ifMatch !== null && answer.version !== operation.ifMatch + 1)
        problems.push(`${operation.id}: If-Match ${operation.ifMatch} gave version ${answer.version}.`);
      if (operation.kind !== "cancel" && answer.metadata.op !== operation.id)
        problems.push(`${operation.id}: the answer is to ${answer.metadata.op}.`);
      return problems;
    }),
  );
}

function deletion({ id, path }: Operation, { bookings }: Timeline, answeredAt: number): string[] {
  const last = bookings.get(path.split("/")[3] ?? "")?.at(-1);
  const isOver = last?.value.status === "cancelled" && last.from.earliest <= answeredAt;
  return isOver ? [] : [`${id}: ${path} was deleted, and that is gone.`];
}

/** The same for resources and people. */
export function othersAcknowledged({ operations, rows }: Evidence): string[] {
  const versions = new Set(rows.events.map(({ subjectId, version }) => `${subjectId} ${version}`));
  const deleted = new Set(rows.resources.filter(({ deletedAt }) => deletedAt !== null).map(({ id }) => id));
  const names = new Set(rows.events.map(({ data }) => data.changes?.name?.after));
  return operations.flatMap((operation) => {
    const { id, kind, path, body, attempts } = operation;
    const success = attempts.find(isSuccess);
    if (!success) return [];
    const isKept = () => {
      if (kind === "deleteResource") return deleted.has(path.split("/")[3] ?? "");
      if (kind === "changeUser") return names.has(body?.name);
      if (kind !== "createResource" && kind !== "changeResource") return true;
      const answer = JSON.parse(success.text);
      return versions.has(`${answer.id} ${answer.version}`);
    };
    return isKept() ? [] : [`${id}: ${operation.method} ${path} was acknowledged and is gone.`];
  });
}

/** Every event of a booking was asked for by exactly one operation, which says the same and was not refused. */
export function nothingFromNowhere({ operations, log }: Evidence, timeline: Timeline): string[] {
  const used = new Set<string>();
  const deletes = Map.groupBy(
    operations.filter(({ kind }) => kind === "delete"),
    ({ path }) => path.split("/")[3] ?? "",
  );
  return log
    .filter(({ data }) => !data.reminder)
    .flatMap((news) => {
      const { booking } = news.data;
      const marker = markerOf(news);
      const place = `${news.event} of version ${booking.version} of ${booking.id}`;
      const time = Date.parse(news.time);
      if (marker === null) {
        const asked = deletes.get(booking.id) ?? [];
        return asked.some((operation) => mayHaveMade(operation, time)) ? [] : [`Nobody asked for ${place}.`];
      }
      const operation = timeline.operations.get(marker);
      if (!operation || !mayHaveMade(operation, time)) return [`Nobody asked for ${place}.`];
      if (used.has(marker)) return [`${marker} happened again: ${place}.`];
      used.add(marker);
      return says(operation, news) ? [] : [`${place} is not what ${marker} asked for.`];
    });
}

/** Events have the database's time, as far as a process knows it; questions and answers that of this machine. */
const clockErrorMs = 100;

/** One attempt was under way at the time of the event, and did not end with a refusal. */
function mayHaveMade({ attempts }: Operation, time: number): boolean {
  return attempts.some((attempt) => {
    const { askedAt, answeredAt, status } = attempt;
    if (askedAt > time + clockErrorMs) return false;
    if (status === null || status === 503) return true;
    return isSuccess(attempt) && (attempt.replayed || time <= (answeredAt ?? 0) + clockErrorMs);
  });
}

const eventOf: Record<string, string[]> = {
  create: ["booking.created"],
  change: ["booking.updated", "booking.rescheduled"],
  cancel: ["booking.cancelled"],
};

function says(
  { kind, actorId, path, body = {} }: Operation,
  { event, data }: Evidence["log"][number],
): boolean {
  if (!eventOf[kind]?.includes(event) || data.actorId !== actorId) return false;
  if (kind !== "create" && path.split("/")[3] !== data.booking.id) return false;
  if (kind === "cancel") return data.booking.cancellationReason === body.reason;
  return Object.entries(body).every(([field, value]) => Bun.deepEquals(data.booking[field], value));
}
