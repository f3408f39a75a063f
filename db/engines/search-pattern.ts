// A pattern names every case of every character, so that each engine finds the same in any locale.

/** For `glob` in SQLite: `*[Hh][Ii][?]*`. */
export function globPattern(text: string): string {
  const one = (character: string) => character.replace(/[*?[]/, "[$&]");
  return `*${patternOf(text, one, (cases) => `[${cases.join("")}]`)}*`;
}

/**
 * For `~` in Postgres: `(?:H|h)(?:I|i)\?`. Brackets would be wrong in a database with the encoding `SQL_ASCII`, which takes
 * each byte for a character.
 */
export function regexPattern(text: string): string {
  const one = (character: string) => character.replace(/[.*+?^${}()|[\]\\]/, "\\$&");
  return patternOf(text, one, (cases) => `(?:${cases.join("|")})`);
}

/** For engines without patterns of such a length: a JSON list of the cases of each character, like `["Hh","Ii"]`. */
export function casesPattern(text: string): string {
  return JSON.stringify(Array.from(text, (character) => sameButForCase(character).join("")));
}

function patternOf(
  text: string,
  one: (character: string) => string,
  anyOf: (cases: string[]) => string,
): string {
  const parts = Array.from(text, (character) => {
    const cases = sameButForCase(character);
    return cases.length > 1 ? anyOf(cases) : one(character);
  });
  return parts.join("");
}

let casedLetters: string | undefined;

/**
 * A character and its other cases by Unicode's simple case folding: `K`, `k` and the Kelvin sign; `Σ`, `σ` and `ς`. One
 * character stands for one: `ß` has `ẞ` and not `SS`. No language's rules apply: `I` has `i` and not `ı`.
 */
function sameButForCase(character: string): string[] {
  casedLetters ??= allCasedLetters();
  const escaped = `\\u{${character.codePointAt(0)?.toString(16)}}`;
  // The flags `i` and `u` compare by simple case folding (ECMA-262, Canonicalize).
  return casedLetters.match(new RegExp(escaped, "giu")) ?? [character];
}

/** Some 3,000, found once, in some 60 ms. Unicode has scripts with cases in its first two planes only. */
function allCasedLetters(): string {
  const letters = Array.from({ length: 0x2_00_00 }, (_, code) => String.fromCodePoint(code));
  return letters.filter((letter) => /\p{Changes_When_Casemapped}/u.test(letter)).join("");
}
