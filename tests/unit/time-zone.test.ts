import { expect, spyOn, test } from "bun:test";
import { localTime } from "../../src/domain/scheduling/local-time.ts";
import { timeZoneNamed } from "../../src/domain/scheduling/time-zone.ts";
import { zoneSpelling } from "../../src/domain/scheduling/zone-spelling.ts";

/** Every way to write a name in capitals and small letters, up to `most`. */
function* spellings(name: string, most: number): Generator<string> {
  for (let bits = 0; bits < most; bits++) {
    yield [...name.toLowerCase()]
      .map((letter, n) => ((bits >> n) & 1 ? letter.toUpperCase() : letter))
      .join("");
  }
}

test("a zone has one spelling, however it is written", () => {
  expect(new Set([...spellings("Europe/Berlin", 2_000)].map(timeZoneNamed))).toEqual(
    new Set(["Europe/Berlin"]),
  );
  expect(["utc", "asia/calcutta", "etc/gmt+5"].map(timeZoneNamed)).toEqual([
    "UTC",
    "Asia/Calcutta",
    "Etc/GMT+5",
  ]);
});

test("what is not a zone's name has none", () => {
  const bad = [
    "",
    "Mars/Base",
    "+01:00",
    "-05",
    "Europe/Berlin ",
    " UTC",
    "asia/\u212Aolkata",
    "constructor",
  ];
  for (const name of bad) expect([name, timeZoneNamed(name)]).toEqual([name, null]);
});

test("formats are kept by the zone: another spelling makes no other one", () => {
  const time = new Date("2027-03-01T09:30:00Z");
  const wanted = localTime(time, "Pacific/Auckland");
  const made = spyOn(Intl, "DateTimeFormat");
  for (const zone of spellings("Pacific/Auckland", 500)) expect(localTime(time, zone)).toBe(wanted);
  expect(made).not.toHaveBeenCalled();
  made.mockRestore();
});

test("the spelling of a name in lower case is that of the time zone database", () => {
  const aliases =
    "Asia/Calcutta America/Knox_IN US/East-Indiana GB-Eire NZ-CHAT W-SU Etc/GMT+12 EST5EDT America/Port-au-Prince Africa/Dar_es_Salaam America/Argentina/ComodRivadavia Antarctica/DumontDUrville Chile/EasterIsland";
  for (const name of [...Intl.supportedValuesOf("timeZone"), ...aliases.split(" ")])
    expect(zoneSpelling(name.toLowerCase())).toBe(name);
});
