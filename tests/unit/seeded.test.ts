import { describe, expect, test } from "bun:test";
import { type Seeded, seeded } from "../history/seeded.ts";

const choices = (random: Seeded) => Array.from({ length: 1_000 }, () => random.below(1_000_000));

describe("seeded choices", () => {
  test("are the same for the same seed, and others for another", () => {
    expect(choices(seeded(7))).toEqual(choices(seeded(7)));
    expect(choices(seeded(7))).not.toEqual(choices(seeded(8)));
  });

  test("of a stream do not depend on what other streams have drawn", () => {
    const [quiet, busy] = [seeded(7), seeded(7)];
    choices(busy);
    expect(choices(quiet.split(3))).toEqual(choices(busy.split(3)));
    expect(choices(quiet.split(3))).not.toEqual(choices(quiet.split(4)));
  });

  test("follow their weights", () => {
    const random = seeded(7);
    const drawn = Array.from({ length: 10_000 }, () => random.weighted({ often: 3, rarely: 1, never: 0 }));
    const share = drawn.filter((name) => name === "often").length / drawn.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.02);
    expect(drawn).not.toContain("never");
  });
});
