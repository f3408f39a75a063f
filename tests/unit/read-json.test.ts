import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonFault, readJson } from "../../src/lib/read-json.ts";

function faultOf(text: string): JsonFault {
  try {
    readJson(text);
  } catch (error) {
    if (error instanceof JsonFault) return error;
    throw error;
  }
  throw new Error(`${text} was read.`);
}

function isRead(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

describe("reading JSON", () => {
  test("gives what JSON.parse gives, however the text is laid out", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 1, "\t", "\r\n"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("takes nothing that JSON.parse does not take, and refuses nothing else", () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"\\ \t\n0123-+.eE',
      ...["true", "null", "a", "\\u00e9", "\\u12", "\ufeff", "\u0001", "1e9", "01", "1.", "\u00a0", "/"],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), piece).map(([value, at, inserted]) => {
        const whole = JSON.stringify(value);
        const place = at % (whole.length + 1);
        return whole.slice(0, place) + inserted + whole.slice(place);
      }),
    );
    fc.assert(
      fc.property(text, (sample) => {
        const accepted = isRead(readJson, sample);
        // A name that is there twice is JSON, and is refused.
        if (!accepted && faultOf(sample).pointer !== undefined) return;
        expect([sample, accepted]).toEqual([sample, isRead(JSON.parse, sample)]);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["{", "Line 1, column 2"],
    ['{"a": 1,}', "Line 1, column 9"],
    ['{\n  "a": 1\n  "b": 2\n}', "Line 3, column 3"],
    ['{"a": secret}', "Line 1, column 7"],
    ['["a\nb"]', "Line 1, column 4"],
    ['["\\x"]', "Line 1, column 3"],
    ["[1] [2]", "Line 1, column 5"],
    ["[01]", "Line 1, column 2"],
    ['"open', "Line 1, column 6"],
    [" ", "Line 1, column 2"],
  ])("says where %j is at fault, and shows nothing of it", (text, place) => {
    const { message } = faultOf(text);
    expect(message).toStartWith(`${place}: `);
    expect(message).not.toContain("secret");
  });

  test("refuses a name that an object holds twice, also when it is spelled in two ways", () => {
    expect(faultOf('{"a":[{"b":1,"\\u0062":2}]}').pointer).toBe("/a/0/b");
    expect(faultOf('{"a/b":1,"a/b":1}').pointer).toBe("/a~1b");
    expect(readJson('{"a":{"b":1},"b":{"a":1}}')).toEqual({ a: { b: 1 }, b: { a: 1 } });
  });

  test("refuses what is nested deeper than 32 levels, without recursing into it", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
      expect(isRead(readJson, nested(32))).toBe(true);
      for (const depth of [33, 50_000]) expect(faultOf(nested(depth)).message).toContain("32 levels");
    }
    expect(readJson(JSON.stringify("[".repeat(1_000)))).toHaveLength(1_000);
  });
});
