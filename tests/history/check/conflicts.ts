import type { Evidence } from "../evidence.ts";
import type { Attempt, Operation } from "../record.ts";
import { each } from "./answers.ts";
import { holdsThroughout, mayHold, type Timeline } from "./timeline.ts";
import { capacityBetween, peak, touches, useOf } from "./usage.ts";

type Asked = { attempt: Attempt; operation: Operation; from: number; until: number; subjectId: string };

/** Each 409 and 412 has a witness: something that stood in the way at some time between question and answer. */
export function refusalsHaveWitnesses({ operations }: Evidence, timeline: Timeline): string[] {
  return each(operations, (attempt, operation) => {
    const { status, askedAt, answeredAt } = attempt;
    if (status !== 409 && status !== 412) return true;
    const subjectId = operation.path.split("/")[3] ?? "";
    const asked = { attempt, operation, from: askedAt, until: answeredAt ?? askedAt, subjectId };
    return witnesses[JSON.parse(attempt.text).code]?.(asked, timeline) ?? false;
  });
}

const witnesses: Record<string, (asked: Asked, timeline: Timeline) => boolean> = {
  slot_taken: slotMayBeTaken,
  invalid_transition: ({ subjectId, until }, { bookings }) =>
    (bookings.get(subjectId) ?? []).some(
      ({ value, from }) => value.status === "cancelled" && from.earliest <= until,
    ),
  resource_in_use: resourceMayBeInUse,
  last_admin: ({ subjectId, from, until }, { users }) => {
    const others = [...users].filter(([id]) => id !== subjectId).flatMap(([, states]) => states);
    const isAdmin = (state: (typeof others)[number]) =>
      state.value.role === "admin" && state.value.status === "active";
    return !others.some((state) => isAdmin(state) && holdsThroughout(state, from, until));
  },
  version_mismatch: ({ operation, subjectId, from, until }, { bookings }) => {
    const state = bookings.get(subjectId)?.find(({ version }) => version === operation.ifMatch);
    return !state || !holdsThroughout(state, from, until);
  },
};

/** What may have been booked meanwhile leaves too little for what was wanted. A booking that moves does not count. */
function slotMayBeTaken({ operation, subjectId, from, until }: Asked, timeline: Timeline): boolean {
  const { body = {}, kind, actorId } = operation;
  // A change says only what becomes different: the rest is as it was in one of the versions of that time.
  const before = kind === "change" ? (timeline.bookings.get(subjectId) ?? []) : [];
  const possible = before.filter((state) => mayHold(state, from, until)).map(({ value }) => value);
  const wanted = kind === "change" ? possible.map((value) => ({ ...value, ...body })) : [body];
  return wanted.some((slot) => {
    const resourceId = String(slot.resourceId ?? timeline.calendars.get(actorId));
    const times = { startTime: String(slot.startTime), endTime: String(slot.endTime) };
    const use = useOf({ ...times, quantity: Number(slot.quantity ?? 1) });
    const others = (timeline.onResource.get(resourceId) ?? []).filter(
      (state) =>
        state.id !== (kind === "change" ? subjectId : "") &&
        mayHold(state, from, until) &&
        touches(state, use),
    );
    const taken = peak(
      others.map(({ value }) => useOf(value)),
      use.start,
      use.end,
    );
    return taken + use.quantity > capacityBetween(timeline, resourceId, from, until).least;
  });
}

/** A deletion is kept from happening by any booking ahead, a smaller capacity by more than it at one instant ahead. */
function resourceMayBeInUse({ operation, subjectId, from, until }: Asked, timeline: Timeline): boolean {
  const ahead = (timeline.onResource.get(subjectId) ?? [])
    .filter((state) => mayHold(state, from, until))
    .map(({ value }) => useOf(value))
    .filter(({ end }) => end > from);
  if (operation.kind === "deleteResource") return ahead.length > 0;
  return peak(ahead) > Number(operation.body?.capacity);
}
