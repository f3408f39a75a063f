import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  alternatives,
  fits,
  freeThroughout,
  isEnough,
  searchWindows,
} from "../../src/domain/scheduling/alternatives.ts";
import { type Interval, lastInstant } from "../../src/domain/scheduling/interval.ts";

const hour = 3_600_000;
const at = (hours: number) => new Date(Date.UTC(2027, 0, 1) + hours * hour);
const interval = (from: number, to: number) => ({ startTime: at(from), endTime: at(to) });
const window = interval(-100, 100);

test("the nearest come first, the later one of two equally near", () => {
  const busy = [{ ...interval(10, 11), quantity: 1 }];
  const found = alternatives(interval(10, 11), { capacity: 1, quantity: 1, busy }, window, at(-100));
  expect(found).toEqual([interval(11, 12), interval(9, 10), interval(12, 13)]);
});

test("nothing is offered in the past", () => {
  const busy = [{ ...interval(10, 11), quantity: 1 }];
  const found = alternatives(interval(10, 11), { capacity: 1, quantity: 1, busy }, window, at(10.5));
  expect(found).toEqual([interval(11, 12), interval(12, 13), interval(13, 14)]);
  expect(alternatives(interval(10, 11), { capacity: 1, quantity: 1, busy }, window, at(200))).toEqual([]);
});

const claim = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 3 }))
  .map(([from, length, quantity]) => ({ ...interval(from, from + length), quantity }));

/** What is taken in an hour, by looking at every claim. */
function takenDuring(busy: { startTime: Date; endTime: Date; quantity: number }[], start: number): number {
  const touching = busy.filter((b) => b.startTime.getTime() <= start && b.endTime.getTime() > start);
  return touching.reduce((sum, b) => sum + b.quantity, 0);
}

test("every alternative fits, hour by hour, and does not repeat", () => {
  fc.assert(
    fc.property(
      fc.array(claim, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (busy, capacity, quantity, from, length) => {
        const room = { capacity, quantity, busy };
        const found = alternatives(interval(from, from + length), room, window, at(-20));
        for (const option of found) {
          for (let t = option.startTime.getTime(); t < option.endTime.getTime(); t += hour) {
            expect(takenDuring(busy, t) + quantity).toBeLessThanOrEqual(capacity);
          }
          expect(option.startTime >= at(-20)).toBe(true);
          expect(fits(option, room)).toBe(true);
        }
        expect(new Set(found.map((f) => f.startTime.getTime())).size).toBe(found.length);
      },
    ),
  );
});

test("fits says what an hour by hour look says", () => {
  fc.assert(
    fc.property(
      fc.array(claim, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      claim,
      (busy, capacity, wanted) => {
        const hours = Array.from(
          { length: (wanted.endTime.getTime() - wanted.startTime.getTime()) / hour },
          (_, n) => wanted.startTime.getTime() + n * hour,
        );
        const free = hours.every((start) => takenDuring(busy, start) + wanted.quantity <= capacity);
        expect(fits(wanted, { capacity, quantity: wanted.quantity, busy })).toBe(free);
      },
    ),
  );
});

test("the windows of the search, one after the other, find what the widest finds", () => {
  fc.assert(
    fc.property(
      fc.array(claim, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      (busy, quantity, from, length) => {
        const wanted = interval(from, from + length);
        const windows = searchWindows(wanted);
        const look = (within: Interval) =>
          alternatives(wanted, { capacity: 4, quantity, busy }, within, at(-60));
        const first = windows.map(look).find(isEnough);
        const widest = look(windows.at(-1) as Interval);
        expect(first ?? widest).toEqual(widest);
      },
    ),
  );
});

test("nothing ends beyond the last instant that can be booked", () => {
  const wanted = { startTime: new Date(lastInstant.getTime() - hour), endTime: lastInstant };
  const room = { capacity: 1, quantity: 1, busy: [{ ...wanted, quantity: 1 }] };
  const found = alternatives(wanted, room, searchWindows(wanted)[0] as Interval, at(0));
  expect(found).toHaveLength(3);
  for (const { endTime } of found) expect(endTime <= lastInstant).toBe(true);
});

test("what is free throughout is the least of any hour", () => {
  fc.assert(
    fc.property(
      fc.array(claim, { maxLength: 30 }),
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: 1, max: 10 }),
      (busy, from, length) => {
        const hours = Array.from({ length }, (_, n) => takenDuring(busy, at(from + n).getTime()));
        const free = freeThroughout(interval(from, from + length), { capacity: 4, busy });
        expect(free).toBe(Math.max(0, 4 - Math.max(...hours)));
      },
    ),
  );
});
