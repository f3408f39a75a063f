import { foldLog } from "../../support/fold.ts";
import type { Booking, Evidence, News } from "../evidence.ts";
import type { Timeline } from "./timeline.ts";

const changesOnly = (log: News[]) => log.filter(({ data }) => !data.reminder);

/** The versions of each thing are 1, 2, 3 and so on; of bookings in the order of the log. */
export function versionsWithoutGaps({ log, rows }: Evidence): string[] {
  const steps = [
    ...changesOnly(log).map(({ data }) => ({ id: data.booking.id, version: data.booking.version })),
    ...rows.events.map(({ subjectId, version }) => ({ id: subjectId, version })),
  ];
  const last = new Map<string, number>();
  return steps.flatMap(({ id, version }) => {
    const expected = (last.get(id) ?? 0) + 1;
    last.set(id, version);
    return version === expected ? [] : [`${id} goes from version ${expected - 1} to ${version}.`];
  });
}

/** fold(events) = rows: the log read by the API, folded change by change, is the bookings that the API lists. */
export function logIsState({ log, bookings, database }: Evidence): string[] {
  const events = changesOnly(log).map(({ event, time, data }) => ({
    subjectId: data.booking.id,
    version: data.booking.version,
    type: event,
    time: new Date(time),
    data,
  }));
  let folded: Map<string, Record<string, unknown>>;
  try {
    folded = foldLog(events);
  } catch (error) {
    return [String(error)];
  }
  const ids = new Set([...folded.keys(), ...bookings.map(({ id }) => id)]);
  const listed = new Map(bookings.map((booking) => [booking.id, booking]));
  return [
    ...[...ids]
      .filter((id) => !Bun.deepEquals(folded.get(id), listed.get(id)))
      .map((id) => `${id} is not what the log says.`),
    ...(listed.size === bookings.length ? [] : ["A booking is listed twice."]),
    ...database.differsFromLog.map((id) => `${id} differs from the log in SQL.`),
  ];
}

/** Each event names every field in which the booking differs from the event before, with its value before and after. */
export function changesAreComplete({ log }: Evidence): string[] {
  const last = new Map<string, Booking>();
  return changesOnly(log).flatMap(({ data }) => {
    const { booking, changes = {} } = data;
    const before = last.get(booking.id);
    last.set(booking.id, booking);
    if (!before) return [];
    const fields = Object.keys(booking).filter((field) => field !== "version" && field !== "updatedAt");
    const wrong = fields.filter((field) => {
      const differs = !Bun.deepEquals(before[field], booking[field]);
      const expected = differs ? { before: before[field], after: booking[field] } : undefined;
      return !Bun.deepEquals(changes[field], expected);
    });
    return wrong.map(
      (field) => `Version ${booking.version} of ${booking.id} does not say how ${field} changed.`,
    );
  });
}

/** The same for users and resources, by what the checks know of them. */
export function otherRowsAreLog({ rows }: Evidence, { users, resources }: Timeline): string[] {
  const wrongUsers = rows.users.filter(({ id, role, status, version }) => {
    const last = users.get(id)?.at(-1);
    return last?.version !== version || last.value.role !== role || last.value.status !== status;
  });
  const wrongResources = rows.resources.filter(({ id, capacity, version, deletedAt }) => {
    const last = resources.get(id)?.at(-1);
    const same = last?.version === version && last.value.capacity === capacity;
    return !same || last.value.deleted !== (deletedAt !== null);
  });
  return [...wrongUsers, ...wrongResources].map(({ id }) => `${id} is not what the log says.`);
}

/** Every event is in the log once, and every listener heard just that, in that order. */
export function everyoneHeardTheLog({ log, heard }: Evidence): string[] {
  const repeated = log.length - new Set(log.map(({ id }) => id)).size;
  return [
    ...(repeated === 0 ? [] : [`The log has ${repeated} repeats.`]),
    ...heard.flatMap(({ listener, ownerId, events }) => {
      const theirs = log.filter(({ data }) => ownerId === null || data.booking.ownerId === ownerId);
      const place = theirs.findIndex(
        ({ id, event }, n) => events[n]?.id !== id || events[n]?.event !== event,
      );
      if (place < 0 && events.length === theirs.length) return [];
      return [
        `The ${listener} heard ${events.length} events of ${theirs.length}; the first difference is ${place} ` +
          `(${JSON.stringify(events[place])} for ${theirs[place]?.event} ${theirs[place]?.id}).`,
      ];
    }),
  ];
}

/** What is claimed is what is booked, and nothing else. */
export function claimsAreBookings({ bookings, rows }: Evidence): string[] {
  const claims = Map.groupBy(rows.claims, ({ id }) => id);
  const wrong = bookings.filter(({ id, resourceId, startTime, endTime, quantity, status }) => {
    const expected = {
      id,
      part: 0,
      resourceId,
      startTime: Date.parse(startTime),
      endTime: Date.parse(endTime),
      quantity,
      blocking: status === "confirmed",
      expiresAt: null,
    };
    return !Bun.deepEquals(claims.get(id), [expected]);
  });
  return [
    ...wrong.map(({ id }) => `The claim of ${id} is not what is booked.`),
    ...(rows.claims.length === bookings.length ? [] : ["There are more claims than bookings, or fewer."]),
  ];
}
