/** Upper case throughout: `US/Eastern`, `EST5EDT`, `Etc/GMT+1`, `Australia/ACT`, `NZ-CHAT`. */
const abbreviated =
  /^(?:us|utc|uct|gmt.*|[a-z]{3}\d.*|[ehmw][se]t|[cew]et|met|gb|nz(?:-chat)?|pr[ck]|ro[ck]|nsw|act|lhi)$/;
/** Words that join others: `Port-au-Prince`, `Dar_es_Salaam`. */
const joining = /^(?:au|da|de|es|in|of)$/;
const irregular = new Map(
  [
    "ComodRivadavia",
    "DumontDUrville",
    "McMurdo",
    "DeNoronha",
    "BajaNorte",
    "BajaSur",
    "EasterIsland",
    "GB-Eire",
    "Knox_IN",
    "W-SU",
  ].map((name) => [name.toLowerCase(), name]),
);

/** How the time zone database writes a name that is given in lower case: `america/port-au-prince`, `us/east-indiana`. */
export function zoneSpelling(name: string): string {
  return name.split("/").map(partSpelling).join("/");
}

function partSpelling(part: string): string {
  const known = irregular.get(part);
  if (known) return known;
  if (abbreviated.test(part)) return part.toUpperCase();
  const words = part.split(/([_-])/);
  return words.map((word, n) => (n > 0 && joining.test(word) ? word : capitalized(word))).join("");
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
