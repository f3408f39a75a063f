import { settingEntries } from "./settings.ts";

/** A sentence for each variable that Booking doesn't read, but that looks like one that it does. */
export function misspelledVariables(env: Record<string, string | undefined>): string[] {
  const known = settingEntries.map(([name]) => name);
  return Object.keys(env)
    .filter((name) => !known.some((one) => one === name))
    .flatMap((name) => {
      const meant = known.find((one) => resembles(name, one) && !env[one]);
      return meant ? [`${name} is not a setting of Booking. Did you mean ${meant}?`] : [];
    });
}

/** Short names are left out: HOST is close to HOME, which every environment has. */
function resembles(name: string, known: string): boolean {
  if (known.length < 8) return false;
  const isCutShort = name.includes("_") && known.startsWith(`${name}_`);
  return isCutShort || (Math.abs(name.length - known.length) <= 2 && distance(name, known) <= 2);
}

/** In how many places two names differ: how many characters must be added, removed or replaced (Levenshtein). */
export function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
