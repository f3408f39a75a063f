import { expect, test } from "bun:test";
import { judgeRefresh, rotateSession, startSession } from "../../src/domain/people/session.ts";

const start = new Date("2027-01-01T00:00:00Z");
const later = (ms: number) => new Date(start.getTime() + ms);
const user = { id: "u", organizationId: "o", credentialGeneration: 1 };
const by = { actor: { userId: "u" }, now: start, newId: () => "id" };
const { session } = startSession(by, user);
const { session: rotated } = rotateSession(by, session);

test("the current generation is fresh", () => {
  expect(judgeRefresh(session, 1, later(60_000))).toBe("fresh");
  expect(judgeRefresh(rotated, 2, later(60_000))).toBe("fresh");
});

test("the one before is given its successor again for ten seconds, then it is reuse", () => {
  expect(judgeRefresh(rotated, 1, later(10_000))).toBe("again");
  expect(judgeRefresh(rotated, 1, later(10_001))).toBe("reused");
});

test("an older or an unknown generation is reuse at once", () => {
  const third = rotateSession(by, rotated).session;
  expect(judgeRefresh(third, 1, start)).toBe("reused");
  expect(judgeRefresh(third, 9, start)).toBe("reused");
});
