import { zoneSpelling } from "./zone-spelling.ts";

/** Zones by their name in lower case: one entry for each zone there is, whatever spellings are asked for. */
const known = new Map<string, string>();

/** The IANA spelling of a time zone's name, which may come in any case; null when there is no such zone. */
export function timeZoneNamed(name: string): string | null {
  // Without this, letters outside ASCII that have an ASCII letter as lower case would pass, and so would offsets.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return null;
  const key = name.toLowerCase();
  const found = known.get(key);
  if (found) return found;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    // Some runtimes answer with another name of the zone: Asia/Calcutta for Asia/Kolkata.
    const spelled = timeZone.toLowerCase() === key ? timeZone : zoneSpelling(key);
    known.set(key, spelled);
    return spelled;
  } catch {
    return null;
  }
}
