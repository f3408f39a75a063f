import { expect, test } from "bun:test";
import { localTime } from "../../src/domain/scheduling/local-time.ts";

test.each([
  ["Europe/Berlin", "2026-10-25T00:30:00Z", "Sunday, 25 October 2026 at 02:30, UTC+02:00"],
  ["Europe/Berlin", "2026-10-25T01:30:00Z", "Sunday, 25 October 2026 at 02:30, UTC+01:00"],
  ["Europe/Berlin", "2026-10-25T02:00:00Z", "Sunday, 25 October 2026 at 03:00"],
  ["Europe/Berlin", "2026-10-24T23:59:00Z", "Sunday, 25 October 2026 at 01:59"],
  // Half an hour is repeated.
  ["Australia/Lord_Howe", "2026-04-04T14:45:00Z", "Sunday, 5 April 2026 at 01:45, UTC+11:00"],
  ["Australia/Lord_Howe", "2026-04-04T15:15:00Z", "Sunday, 5 April 2026 at 01:45, UTC+10:30"],
  ["America/New_York", "2026-11-01T05:10:00Z", "Sunday, 1 November 2026 at 01:10, UTC-04:00"],
  // A gap repeats nothing.
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "Sunday, 29 March 2026 at 03:00"],
  ["UTC", "2026-10-25T00:30:00Z", "Sunday, 25 October 2026 at 00:30"],
])("%s at %s is %s", (timezone, instant, text) => {
  expect(localTime(new Date(instant), timezone)).toBe(text);
});

test("no two instants of a day on which a clock changes have the same text", () => {
  for (const [zone, day] of [
    ["Europe/Berlin", "2026-10-25"],
    ["Africa/Casablanca", "2026-02-15"],
    ["Australia/Lord_Howe", "2026-04-04"],
    ["America/Sao_Paulo", "2018-02-18"],
  ] as const) {
    const texts = Array.from({ length: 2 * 24 * 60 }, (_, minute) =>
      localTime(new Date(Date.parse(`${day}T00:00:00Z`) + (minute - 720) * 60_000), zone),
    );
    expect(new Set(texts).size).toBe(texts.length);
  }
});
