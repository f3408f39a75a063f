import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { workbench } from "../support/changes.ts";
import { describeOnPostgres, type Encoding, type EngineName, onEveryEngine } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

onEveryEngine("a search", searchSuite);
describeOnPostgres("a search in the locale C", () => {
  describe("of UTF-8", () => searchSuite("postgres", "UTF8"));
  describe("of bytes", () => searchSuite("postgres", "SQL_ASCII"));
});

/** Texts and how they may be asked for. */
const inAnyCase = [
  ["ПРИВЕТ, мир", "привет, МИР"],
  ["CAFÉ", "café"],
  ["Straße", "STRAẞE"],
  ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
  ["ὈΔΥΣΣΕΎΣ", "ὀδυσσεύσ"],
  ["Kelvin \u212a", "KELVIN k"],
  ["poſt", "POST"],
  ["İzmir", "İZM"],
  ["𐐀𐐁", "𐐨𐐩"],
  ["ǅungla", "ǆUNGLA"],
  ["ᏣᎳᎩ", "ꮳꮃꭹ"],
  ["会议 Ａ", "会议 ａ"],
] as const;

/** As Unicode's simple folding has it: one character for one, and no language's own rules. */
const different = [
  ["ıstanbul", "istanbul"],
  ["İstanbul", "istanbul"],
  ["strasse", "straße"],
  ["cafe", "café"],
] as const;

const specials = [..."%_*?[]\\^-'\"$.|(){}+!#&~,:/<>=@`;"];

/** Letters in every case, what the patterns of a database have a meaning for, and both widths of UTF-16. */
const tricky = [...specials, ..."aAzZsSſkK\u212aßẞσςΣиИіїЇµμΜıiIİθϑϴᲅтТ𐐀𐐨😀é0 \n"];

function searchSuite(engine: EngineName, cLocale?: Encoding): void {
  const harness = useHarness(engine, { cLocale });

  /** An organization with resources of these names, and a function that finds names by a text. */
  const named = async (names: readonly string[]) => {
    const home = await addOrganization(harness());
    const bench = await workbench(harness(), await addPerson(harness(), "admin", home.id));
    for (const name of names) await bench.resource({ name });
    return async (q: string) => {
      const page = { limit: 100, sort: "createdAt" } as const;
      const { rows } = await bench.store.resources.list(home.id, { kind: "resource", q }, page);
      return rows.map(({ name }) => name).sort();
    };
  };

  test("finds a text whatever its case", async () => {
    const find = await named(inAnyCase.map(([name]) => name));
    for (const [name, q] of inAnyCase) {
      expect([q, await find(q)]).toEqual([q, [name]]);
      expect([name, await find(name)]).toEqual([name, [name]]);
    }
  });

  test("takes no character for two, none for another one's accent, and no language's rules", async () => {
    const find = await named(different.map(([name]) => name));
    for (const [, q] of different) expect([q, await find(q)]).toEqual([q, []]);
  });

  test("takes what a pattern has a meaning for as it is", async () => {
    const find = await named([...specials.map((special) => `a${special}b`), "ab", "a1b"]);
    for (const special of specials)
      for (const q of [special, `A${special}B`]) expect([q, await find(q)]).toEqual([q, [`a${special}b`]]);
    for (const q of ["^a", "b$", "a*b*", "[a", "[^a]", "a-b]", "\\a", "***:ab", "(?i)ab", "a{1}"])
      expect([q, await find(q)]).toEqual([q, []]);
  });

  test("finds what the comparison of JavaScript that ignores case finds", async () => {
    const text = fc.string({ unit: fc.constantFrom(...tricky), minLength: 1, maxLength: 12 });
    const [names] = fc.sample(fc.uniqueArray(text, { minLength: 90, maxLength: 90 }), 1) as [string[]];
    const find = await named(names);
    const part = fc
      .tuple(fc.constantFrom(...names), fc.nat(11), fc.integer({ min: 1, max: 4 }), fc.boolean())
      .map(([name, from, length, isUpper]) => {
        const found = [...name]
          .slice(from % [...name].length)
          .slice(0, length)
          .join("");
        return isUpper ? found.toUpperCase() : found.toLowerCase();
      });
    const query = fc.oneof(part, fc.string({ unit: fc.constantFrom(...tricky), minLength: 1, maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(query, async (q) => {
        const sought = new RegExp([...q].map((c) => `\\u{${c.codePointAt(0)?.toString(16)}}`).join(""), "iu");
        expect(await find(q)).toEqual(names.filter((name) => sought.test(name)).sort());
      }),
      { numRuns: 200 },
    );
  });

  test("takes as long a text as the contract does", async () => {
    const letters = ["a", "ж", "θ", "𐐀"].map((letter) => letter.repeat(Math.floor(255 / letter.length)));
    const find = await named(letters);
    for (const name of letters) {
      expect(await find(name.toLowerCase())).toEqual([name]);
      expect(await find(`${name.slice(2).toLowerCase()}!`)).toEqual([]);
    }
    expect(await find("*".repeat(255))).toEqual([]);
  });
}
