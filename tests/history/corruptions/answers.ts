import type { Operation } from "../record.ts";
import {
  afterwards,
  answerInstead,
  type Corruption,
  edit,
  some,
  succeeded,
  successOf,
} from "./corruption.ts";

export const answers: Corruption[] = [
  {
    what: "/busy shows what nobody booked",
    found: "readsAreCurrent",
    apply: ({ operations }, random) =>
      edit(successOf(some(operations, random, succeeded("busy"))), (body) => {
        const times = { startTime: "2030-01-01T00:00:00.000Z", endTime: "2030-01-01T01:00:00.000Z" };
        (body.data as object[]).push({ ...times, quantity: 10_001 });
      }),
  },
  {
    what: "/busy leaves out what is booked",
    found: "readsAreCurrent",
    apply: (evidence, random) => {
      const operation = some(evidence.operations, random, succeeded("busy"));
      const booked = some(evidence.bookings, random, ({ status }) => status === "confirmed");
      const { resourceId, startTime, endTime } = booked;
      operation.path = `/api/resources/${resourceId}/busy?from=${startTime}&to=${endTime}`;
      const at = afterwards(evidence);
      Object.assign(successOf(operation), {
        askedAt: at,
        answeredAt: at,
        text: JSON.stringify({ data: [] }),
      });
    },
  },
  {
    what: "a booking is shown as it was not",
    found: "readsAreCurrent",
    apply: ({ operations }, random) =>
      edit(
        successOf(some(operations, random, succeeded("read"))),
        (body) => void Object.assign(body, { title: "Another" }),
      ),
  },
  {
    what: "a booking is shown as it was long before",
    found: "readsAreCurrent",
    apply: (evidence, random) => {
      const { id } = some(evidence.bookings, random, ({ version }) => version > 1);
      const first = evidence.log.find(({ data }) => data.booking.id === id)?.data.booking;
      const at = afterwards(evidence);
      const attempt = successOf(some(evidence.operations, random, succeeded("read")));
      Object.assign(attempt, { askedAt: at, answeredAt: at, text: JSON.stringify(first) });
    },
  },
  {
    what: "a server error",
    found: "noServerErrors",
    apply: ({ operations }, random) => answerInstead(some(operations, random, succeeded("create")), 500),
  },
  {
    what: "503 without a time to come back",
    found: "noServerErrors",
    apply: ({ operations }, random) => answerInstead(some(operations, random, succeeded("create")), 503),
  },
  {
    what: "an owner does not find their booking",
    found: "noWrongfulRefusals",
    apply: ({ operations }, random) => answerInstead(some(operations, random, succeeded("read")), 404),
  },
  {
    what: "a good request is called a bad one",
    found: "badRequestsHaveReasons",
    apply: ({ operations }, random) => {
      const ownCalendar = ({ body }: Operation) =>
        body?.resourceId === undefined && body?.ownerId === undefined;
      const fits = (operation: Operation) => succeeded("create")(operation) && ownCalendar(operation);
      answerInstead(some(operations, random, fits), 400, "/quantity");
    },
  },
  {
    what: "a deadlock",
    found: "databaseIsSound",
    apply: ({ database }) => void database.faults.push("ERROR:  deadlock detected"),
  },
];
