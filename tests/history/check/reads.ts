import type { Booking, Evidence } from "../evidence.ts";
import type { Attempt, Operation } from "../record.ts";
import { each } from "./answers.ts";
import { holdsThroughout, mayHold, type State, type Timeline } from "./timeline.ts";
import { touches, type Use, usedAt, useOf } from "./usage.ts";

/** What was read had been written, and was not out of date when it was asked for. */
export function readsAreCurrent({ operations }: Evidence, timeline: Timeline): string[] {
  return each(operations, (attempt, operation) => {
    const { kind } = operation;
    if (attempt.status !== 200) return true;
    if (kind === "busy") return busyIsCurrent(attempt, operation, timeline);
    if (kind === "read") return isCurrent(JSON.parse(attempt.text), attempt, timeline);
    if (kind !== "list") return true;
    return (JSON.parse(attempt.text).data as Booking[]).every((booking) =>
      isCurrent(booking, attempt, timeline),
    );
  });
}

function isCurrent(booking: Booking, { askedAt, answeredAt }: Attempt, { bookings }: Timeline): boolean {
  const state = bookings.get(booking.id)?.find(({ version }) => version === booking.version);
  if (!state || !Bun.deepEquals(state.value, booking)) return false;
  return mayHold(state, askedAt, answeredAt ?? askedAt);
}

/** At no instant is less busy than was booked for certain, or more than may have been. */
function busyIsCurrent(attempt: Attempt, { path }: Operation, timeline: Timeline): boolean {
  const { pathname, searchParams } = new URL(path, "http://localhost");
  const [from, until] = [attempt.askedAt, attempt.answeredAt ?? attempt.askedAt];
  const [start, end] = ["from", "to"].map((name) => Date.parse(searchParams.get(name) ?? "")) as [
    number,
    number,
  ];
  const states = (timeline.onResource.get(pathname.split("/")[3] ?? "") ?? []).filter((state) =>
    touches(state, { start, end }),
  );
  const usesOf = (some: State<Booking>[]) => some.map(({ value }) => useOf(value));
  const least = usesOf(states.filter((state) => holdsThroughout(state, from, until)));
  const most = usesOf(states.filter((state) => mayHold(state, from, until)));
  const told = (JSON.parse(attempt.text).data as (Booking & Use)[]).map(useOf);
  const instants = [...told, ...most]
    .flatMap((use) => [use.start, use.end])
    .filter((at) => start <= at && at < end);
  return [start, ...instants].every((at) => {
    const used = usedAt(told, at);
    return usedAt(least, at) <= used && used <= usedAt(most, at);
  });
}
