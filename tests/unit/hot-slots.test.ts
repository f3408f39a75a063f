import { expect, test } from "bun:test";
import { hotSlots } from "../../src/operations/bookings/hot-slots.ts";
import { testClock } from "../support/clock.ts";

const slot = {
  resourceId: "room",
  startTime: new Date("2031-01-01T10:00:00Z"),
  endTime: new Date("2031-01-01T11:00:00Z"),
};

test("a slot is likely taken for a second after it was refused to somebody", async () => {
  const clock = testClock();
  const slots = hotSlots(clock);
  expect(await slots.isLikelyTaken(slot)).toBe(false);
  slots.refused(slot);
  expect(await slots.isLikelyTaken(slot)).toBe(true);
  expect(await slots.isLikelyTaken({ ...slot, resourceId: "another" })).toBe(false);
  clock.advance(1_001);
  expect(await slots.isLikelyTaken(slot)).toBe(false);
});

test("whoever wants a slot that is being claimed waits for the outcome, and then looks", async () => {
  const slots = hotSlots(testClock());
  const commit = Promise.withResolvers<string>();
  const claimed = slots.claim(slot, () => commit.promise);
  let asked: boolean | undefined;
  const asking = slots.isLikelyTaken(slot).then((likely) => {
    asked = likely;
  });
  await Bun.sleep(0);
  expect(asked).toBeUndefined();
  commit.resolve("committed");
  await asking;
  expect([await claimed, asked]).toEqual(["committed", true]);
  expect(await slots.isLikelyTaken(slot)).toBe(false);
});

test("a claim that fails keeps nobody waiting", async () => {
  const slots = hotSlots(testClock());
  const failing = slots.claim(slot, () => Promise.reject(new Error("away")));
  expect(await slots.isLikelyTaken(slot)).toBe(true);
  expect(failing).rejects.toThrow("away");
});
