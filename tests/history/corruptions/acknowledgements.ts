import { answerInstead, type Corruption, edit, eventOf, some, succeeded, successOf } from "./corruption.ts";

export const acknowledgements: Corruption[] = [
  {
    what: "an acknowledged booking is gone without a trace",
    found: "bookingsAcknowledged",
    apply: (evidence, random) => {
      const { id } = JSON.parse(successOf(some(evidence.operations, random, succeeded("create"))).text);
      evidence.log = evidence.log.filter(({ data }) => data.booking.id !== id);
      evidence.bookings = evidence.bookings.filter((booking) => booking.id !== id);
      evidence.rows.claims = evidence.rows.claims.filter((claim) => claim.id !== id);
    },
  },
  {
    what: "an answer differs from what was written",
    found: "bookingsAcknowledged",
    apply: ({ operations }, random) =>
      edit(successOf(some(operations, random, succeeded("change"))), (body) => {
        body.title = "Another";
      }),
  },
  {
    what: "a deletion that was acknowledged did not happen",
    found: "bookingsAcknowledged",
    apply: (evidence, random) => {
      const id = some(evidence.operations, random, succeeded("delete")).path.split("/")[3];
      evidence.log = evidence.log.filter(
        ({ event, data }) => event !== "booking.cancelled" || data.booking.id !== id,
      );
    },
  },
  {
    what: "an acknowledged change of a resource is gone",
    found: "othersAcknowledged",
    apply: ({ operations, rows }, random) => {
      const { id, version } = JSON.parse(
        successOf(some(operations, random, succeeded("changeResource"))).text,
      );
      rows.events = rows.events.filter((event) => event.subjectId !== id || event.version !== version);
    },
  },
  {
    what: "something happened that nobody asked for",
    found: "nothingFromNowhere",
    apply: (evidence, random) => {
      eventOf(evidence, random, "booking.created").data.booking.metadata.op = "op-0";
    },
  },
  {
    what: "a request was carried out twice",
    found: "nothingFromNowhere",
    apply: (evidence, random) => {
      const copy = structuredClone(eventOf(evidence, random, "booking.created"));
      copy.data.booking.id = crypto.randomUUID();
      evidence.log.push({ ...copy, id: crypto.randomUUID() });
    },
  },
  {
    what: "a request was carried out in another way than it asked for",
    found: "nothingFromNowhere",
    apply: (evidence, random) => {
      eventOf(evidence, random, "booking.rescheduled").data.booking.startTime = "2029-01-01T00:00:00.000Z";
    },
  },
  {
    what: "a request was refused and carried out",
    found: "nothingFromNowhere",
    apply: ({ operations }, random) =>
      answerInstead(some(operations, random, succeeded("create")), 409, "slot_taken"),
  },
];
