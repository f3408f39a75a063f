import { expect, test } from "bun:test";
import { record } from "../../src/domain/event.ts";
import { liveEvent, roomName, roomsOf } from "../../src/domain/rooms.ts";

const booking = {
  id: "b",
  organizationId: "o",
  title: "Secret",
  startTime: "2027-06-01T10:00:00.000Z",
  endTime: "2027-06-01T11:00:00.000Z",
  reminders: [],
};
const now = { startTime: booking.startTime, endTime: booking.endTime };
const subject = { id: "b", organizationId: "o", version: 2 };
const event = (
  type: "booking.created" | "booking.updated" | "booking.rescheduled" | "booking.cancelled",
  changes?: object,
  previous?: string,
) =>
  record(
    { actor: { userId: "a" }, now: new Date(0), newId: () => "e" },
    subject,
    type,
    { booking, ...(changes ? { changes } : {}) } as never,
    { ownerId: "u", resourceId: "r", previousResourceId: previous ?? null },
  );
const heard = (told: ReturnType<typeof event>, room: string) =>
  liveEvent(told, { kind: "resource", id: room })?.data.intervals;

test("an event is told to its owner's room and to its resources' rooms", () => {
  expect(roomsOf(event("booking.rescheduled", {}, "q")).map(roomName)).toEqual([
    "user:u",
    "resource:r",
    "resource:q",
  ]);
});

test("the owner hears the booking, what changed and who did it; never the organization's id", () => {
  const told = liveEvent(event("booking.updated", { title: { before: "A", after: "Secret" } }), {
    kind: "user",
    id: "u",
  });
  const { organizationId: _, ...shown } = booking;
  expect(told).toEqual({
    event: "booking.updated",
    data: { booking: shown, changes: { title: { before: "A", after: "Secret" } }, actorId: "a" },
  });
});

test("a resource's room hears when, and nothing else", () => {
  expect(heard(event("booking.created"), "r")).toEqual([now]);
  expect(heard(event("booking.cancelled", {}), "r")).toEqual([now]);
  expect(liveEvent(event("booking.updated", { title: {} }), { kind: "resource", id: "r" })).toBeNull();
  expect(heard(event("booking.updated", { quantity: { before: 1, after: 2 } }), "r")).toEqual([now]);
  const moved = { startTime: { before: "2027-06-01T08:00:00.000Z", after: booking.startTime } };
  const before = { startTime: "2027-06-01T08:00:00.000Z", endTime: booking.endTime };
  expect(heard(event("booking.rescheduled", moved), "r")).toEqual([before, now]);
  const elsewhere = { ...moved, resourceId: { before: "q", after: "r" } };
  expect(heard(event("booking.rescheduled", elsewhere, "q"), "r")).toEqual([now]);
  expect(heard(event("booking.rescheduled", elsewhere, "q"), "q")).toEqual([before]);
  expect(JSON.stringify(liveEvent(event("booking.created"), { kind: "resource", id: "r" }))).not.toContain(
    "Secret",
  );
});
