import { holdsThroughout } from "../check/timeline.ts";
import type { Evidence } from "../evidence.ts";
import type { Operation } from "../record.ts";
import type { Seeded } from "../seeded.ts";
import { afterwards, answerInstead, type Corruption, some, succeeded, successOf } from "./corruption.ts";

export const capacity: Corruption[] = [
  {
    what: "more is claimed than there is",
    found: "rowsWithinCapacity",
    apply: ({ rows }, random) => {
      some(rows.claims, random, ({ blocking }) => blocking).quantity = 10_001;
    },
  },
  {
    what: "more was taken at some time than there was",
    found: "neverOverbooked",
    apply: overbook,
  },
  {
    what: "more was taken by the log than there was",
    found: "logWithinCapacity",
    apply: overbook,
  },
  {
    what: "a deleted resource is booked ahead",
    found: "deletedResourcesAreFree",
    apply: ({ rows }, random) => {
      const { resourceId } = some(
        rows.claims,
        random,
        ({ blocking, endTime }) => blocking && endTime > Date.now(),
      );
      Object.assign(rows.resources.find(({ id }) => id === resourceId) ?? {}, { deletedAt: Date.now() });
    },
  },
  {
    what: "a refusal has no witness",
    found: "refusalsHaveWitnesses",
    apply: (evidence, random) => {
      const isTaken = ({ attempts, body }: Operation) =>
        body?.resourceId !== undefined &&
        attempts.some(({ status, text }) => status === 409 && text.includes("slot_taken"));
      const { body } = some(evidence.operations, random, isTaken);
      evidence.log = evidence.log.filter(({ data }) => data.booking.resourceId !== body?.resourceId);
    },
  },
  {
    what: "a version was refused that was the current one",
    found: "refusalsHaveWitnesses",
    apply: ({ operations }, random, { bookings }) => {
      const isStill = (operation: Operation) => {
        if (!succeeded("read")(operation)) return false;
        const { askedAt, answeredAt, text } = successOf(operation);
        const { id, version } = JSON.parse(text);
        const state = bookings.get(id)?.find((each) => each.version === version);
        return state !== undefined && holdsThroughout(state, askedAt, answeredAt ?? askedAt);
      };
      const operation = some(operations, random, isStill);
      operation.ifMatch = JSON.parse(successOf(operation).text).version;
      answerInstead(operation, 412, "version_mismatch");
    },
  },
  {
    what: "the last admin was kept although there were others",
    found: "refusalsHaveWitnesses",
    apply: (evidence, random) => {
      const operation = some(evidence.operations, random, succeeded("changeUser"));
      const at = afterwards(evidence);
      // A person who is no admin, when all the others are back.
      operation.path = `/api/users/${random.pick(evidence.people.users)}`;
      answerInstead(operation, 409, "last_admin");
      Object.assign(operation.attempts[0] ?? {}, { askedAt: at, answeredAt: at });
    },
  },
];

/** A booking that nobody changed has far too large a quantity all the while. */
function overbook({ log, bookings }: Evidence, random: Seeded): void {
  const lasting = new Set(
    bookings.filter(({ version, startTime }) => version === 1 && startTime >= "2030").map(({ id }) => id),
  );
  some(log, random, ({ data }) => lasting.has(data.booking.id)).data.booking.quantity = 10_001;
}
