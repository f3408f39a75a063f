import { timeZoneNamed } from "./time-zone.ts";

type Formats = { text: Intl.DateTimeFormat; offset: Intl.DateTimeFormat };

const formats = new Map<string, Formats>();

/** No change of a zone's clock is longer. */
const longestFoldMs = 3 * 3_600_000;

/**
 * Day, date and time of day in a time zone (IANA name). In the hour that a change of the clock repeats, the same text would
 * stand for two instants: there the offset follows, as in `Sunday, 25 October 2026 at 02:30, UTC+02:00`.
 */
export function localTime(time: Date, timezone: string): string {
  const zone = formatsOf(timezone);
  const text = zone.text.format(time);
  return isAmbiguous(time, zone) ? `${text}, ${offsetText(time, zone)}` : text;
}

/** Making a format takes as long as a query. By the zone's one spelling there are never more formats than zones. */
function formatsOf(timezone: string): Formats {
  const timeZone = timeZoneNamed(timezone) ?? timezone;
  const kept = formats.get(timeZone);
  if (kept) return kept;
  const made = {
    text: new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone }),
    offset: new Intl.DateTimeFormat("en-GB", { timeZoneName: "longOffset", timeZone }),
  };
  formats.set(timeZone, made);
  return made;
}

/** Whether the clock on the wall shows this time at another instant too. */
function isAmbiguous(time: Date, zone: Formats): boolean {
  const here = offsetMs(time, zone);
  return [-longestFoldMs, longestFoldMs].some((distance) => {
    const other = offsetMs(new Date(time.getTime() + distance), zone);
    return other !== here && offsetMs(new Date(time.getTime() + here - other), zone) === other;
  });
}

/** `UTC+02:00`, or `UTC` itself. */
function offsetText(time: Date, { offset }: Formats): string {
  const name = offset.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  return name.replace("GMT", "UTC");
}

function offsetMs(time: Date, zone: Formats): number {
  const [, sign, hours = "0", minutes = "0", seconds = "0"] =
    offsetText(time, zone).match(/^UTC([+-])(\d+):(\d+)(?::(\d+))?$/) ?? [];
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -ms : ms;
}
