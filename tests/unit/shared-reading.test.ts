import { expect, test } from "bun:test";
import { shared } from "../../src/lib/share.ts";

/** A reading that ends when it is told to; it answers how many began before it, and itself. */
function slowReading() {
  const ends: (() => void)[] = [];
  let begun = 0;
  const read = shared(
    (_key: string) => {
      const answer = ++begun;
      return new Promise<number>((resolve) => ends.push(() => resolve(answer)));
    },
    (key) => key,
  );
  const endNext = async () => {
    ends.shift()?.();
    await Bun.sleep(0);
  };
  return { read, endNext, begun: () => begun };
}

test("many who ask while a reading is under way share the next one, which is younger than their question", async () => {
  const { read, endNext, begun } = slowReading();
  const first = read("a");
  const later = [read("a"), read("a"), read("a")];
  expect(begun()).toBe(1);
  await endNext();
  await endNext();
  expect([await first, ...(await Promise.all(later))]).toEqual([1, 2, 2, 2]);
});

test("another question is another reading", async () => {
  const { read, endNext } = slowReading();
  const both = [read("a"), read("b")];
  await endNext();
  await endNext();
  expect(await Promise.all(both)).toEqual([1, 2]);
});

test("who waits behind a reading that fails gets one of their own", async () => {
  let begun = 0;
  const read = shared(
    async () => {
      begun += 1;
      if (begun === 1) throw new Error("away");
      return begun;
    },
    () => "",
  );
  const [first, second] = await Promise.allSettled([read(), read()]);
  expect([first.status, second]).toEqual(["rejected", { status: "fulfilled", value: 2 }]);
});
