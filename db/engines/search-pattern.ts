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

/**
 * For engines without patterns of such a length, as JSON: the text in one case of each letter, and what has to be replaced
 * by what in another text to compare it: `{"words":"hi","cases":["H","h","I","i"]}`.
 */
export function casesPattern(text: string): string {
  const folded = new Map<string, string>();
  const cases: string[] = [];
  const words = Array.from(text, (character) => {
    const known = folded.get(character);
    if (known !== undefined) return known;
    const all = [...sameButForCase(character)];
    const [one = character] = all.toSorted();
    for (const other of all) {
      folded.set(other, one);
      if (other !== one) cases.push(other, one);
    }
    return one;
  });
  return JSON.stringify({ words: words.join(""), cases });
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
