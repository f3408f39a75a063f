const form = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

export const notRfc3339 = "Must be an RFC 3339 date-time with an offset, like 2027-03-01T10:00:00Z.";

/**
 * Reads an RFC 3339 date-time; returns a sentence for invalid ones. Fractions of a second count to the millisecond. A
 * leap second (23:59:60 UTC) is the first instant of the next day, as in POSIX time.
 */
export function readInstant(text: string): Date | string {
  const match = form.exec(text);
  if (!match) return malformed(text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return "There is no such day.";
  if (hour === 24) return "The hour must be 00 to 23. Write midnight as 00:00:00 of the next day.";
  const offset = offsetMinutes(match[8] as string);
  if (hour > 23 || minute > 59 || second > 60 || offset === null)
    return "Must be a time of day from 00:00:00 to 23:59:60, with an offset of at most 23:59.";
  const milliseconds = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const instant = new Date(0);
  instant.setUTCFullYear(year, month - 1, day);
  instant.setUTCHours(hour, minute - offset, second, milliseconds);
  const isLeap = second === 60;
  if (isLeap && (instant.getUTCHours() !== 0 || instant.getUTCMinutes() !== 0)) {
    return "A second 60 is a leap second, and those are at 23:59:60 UTC only.";
  }
  return instant;
}

function malformed(text: string): string {
  const [, time] = /^\d{4}-\d\d-\d\d[Tt][\d:.]+( \d\d:\d\d)?$/.exec(text) ?? [text, null];
  if (time === null) return notRfc3339;
  const sentence = notRfc3339.slice(0, -1);
  return time
    ? `${sentence}. In a URL, write the + of an offset as %2B.`
    : `${sentence}: the offset is missing.`;
}

function daysIn(year: number, month: number): number {
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeapYear ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Null for an offset that no clock has. */
function offsetMinutes(offset: string): number | null {
  if (/^z$/i.test(offset)) return 0;
  const [hours = 0, minutes = 0] = offset.slice(1).split(":").map(Number);
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
