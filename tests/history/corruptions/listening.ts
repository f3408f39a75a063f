import { type Corruption, eventOf, some } from "./corruption.ts";

export const listening: Corruption[] = [
  {
    what: "an event is in the log twice",
    found: "everyoneHeardTheLog",
    apply: ({ log }, random) => void log.splice(random.below(log.length), 0, some(log, random)),
  },
  {
    what: "a socket missed an event",
    found: "everyoneHeardTheLog",
    apply: ({ heard }, random) => {
      const { events } = some(heard, random, (each) => each.events.length > 0);
      events.splice(random.below(events.length), 1);
    },
  },
  {
    what: "a socket heard an event twice",
    found: "everyoneHeardTheLog",
    apply: ({ heard }, random) => {
      const { events } = some(heard, random, (each) => each.events.length > 0);
      const place = random.below(events.length);
      events.splice(place, 0, structuredClone(events[place]) as (typeof events)[number]);
    },
  },
  {
    what: "the poller heard two events in another order",
    found: "everyoneHeardTheLog",
    apply: ({ heard }, random) => {
      const { events } = some(heard, random, (each) => each.ownerId === null);
      const place = random.below(events.length - 1);
      events.splice(place, 2, ...events.slice(place, place + 2).reverse());
    },
  },
  {
    what: "a version is missing in the log",
    found: "versionsWithoutGaps",
    apply: (evidence, random) => {
      const gone = some(evidence.log, random, ({ event, data }) => {
        const last = evidence.bookings.find(({ id }) => id === data.booking.id)?.version ?? 0;
        return event !== "booking.reminder" && data.booking.version < last;
      });
      evidence.log = evidence.log.filter((news) => news !== gone);
    },
  },
  {
    what: "a booking is listed in another way than the log says",
    found: "logIsState",
    apply: ({ bookings }, random) => void Object.assign(some(bookings, random), { title: "Another" }),
  },
  {
    what: "a change in the log leaves out a field",
    found: "changesAreComplete",
    apply: (evidence, random) =>
      void delete eventOf(evidence, random, "booking.updated").data.changes?.metadata,
  },
  {
    what: "a row of a person differs from the log",
    found: "otherRowsAreLog",
    apply: ({ rows }, random) => void Object.assign(some(rows.users, random), { status: "unknown" }),
  },
  {
    what: "a claim is gone",
    found: "claimsAreBookings",
    apply: ({ rows }, random) => void rows.claims.splice(random.below(rows.claims.length), 1),
  },
  {
    what: "nobody was an admin for a while",
    found: "anAdminIsLeft",
    apply: ({ rows, operations }) => {
      // No operation is known to have restored the others sooner.
      operations.length = 0;
      const at = Math.max(...rows.events.map(({ time }) => time)) + 1;
      for (const { id, version } of rows.users) {
        const base = {
          id: crypto.randomUUID(),
          subjectType: "user",
          subjectId: id,
          type: "user.updated",
          actorId: null,
        };
        const demoted = { changes: { role: { before: "admin", after: "user" } } };
        rows.events.push({ ...base, version: version + 1, time: at, data: demoted });
        const restored = { changes: { role: { before: "user", after: "admin" } } };
        rows.events.push({ ...base, version: version + 2, time: at + 600_000, data: restored });
      }
    },
  },
  {
    what: "nobody is an admin in the end",
    found: "anAdminIsLeft",
    apply: ({ rows }) => rows.users.forEach((user) => void Object.assign(user, { role: "user" })),
  },
];
