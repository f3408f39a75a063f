import { expect, test } from "bun:test";
import { Turns } from "../../src/realtime/turns.ts";

/** Work that ends when it is told to, and says that it has begun. */
function work(order: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    order.push(name);
    await promise;
  };
  return { run, end: resolve };
}

const settle = () => new Promise(setImmediate);
const limits = { abreast: 2, waitingOfUser: 2, waiting: 3, restFactor: 0 };

test("one user works at one thing at a time, a few users at once, and users take turns", async () => {
  const turns = new Turns(limits);
  const order: string[] = [];
  const [a1, a2, a3, b1, c1] = ["a1", "a2", "a3", "b1", "c1"].map((name) => work(order, name));
  const all = [
    turns.take("a", (a1 ?? raise()).run),
    turns.take("a", (a2 ?? raise()).run),
    turns.take("a", (a3 ?? raise()).run),
    turns.take("b", (b1 ?? raise()).run),
    turns.take("c", (c1 ?? raise()).run),
  ];
  await settle();
  expect(order).toEqual(["a1", "b1"]);
  expect(turns.size).toEqual({ working: 2, waiting: 3 });
  b1?.end();
  await settle();
  // Two of a wait, but one of a is at work: it is c's turn.
  expect(order).toEqual(["a1", "b1", "c1"]);
  for (const each of [a1, a2, a3, c1]) each?.end();
  await Promise.all(all);
  expect(order).toEqual(["a1", "b1", "c1", "a2", "a3"]);
  expect(turns.size).toEqual({ working: 0, waiting: 0 });
});

test("what waits is bounded, for a user and for all; what failed gives its turn away too", async () => {
  const turns = new Turns(limits);
  const order: string[] = [];
  const first = work(order, "a");
  const other = work(order, "b");
  const running = [turns.take("a", first.run), turns.take("b", other.run)];
  const waiting = [
    turns.take("a", async () => order.push("a2")),
    turns.take("a", () => Promise.reject(new Error("broken"))),
    turns.take("c", async () => order.push("c")),
  ];
  const refused = (user: string) =>
    turns
      .take(user, async () => {})
      .then(
        () => "taken",
        (error) => error.code,
      );
  expect(await Promise.all([refused("a"), refused("d")])).toEqual(["rate_limited", "rate_limited"]);
  first.end();
  other.end();
  const results = await Promise.allSettled([...running, ...waiting]);
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(turns.size).toEqual({ working: 0, waiting: 0 });
  expect(await refused("a")).toBe("taken");
});

test("a user rests after a turn, while others get theirs", async () => {
  const turns = new Turns({ ...limits, restFactor: 1 });
  const order: string[] = [];
  const slow = work(order, "a1");
  const [first, second] = [turns.take("a", slow.run), turns.take("a", async () => order.push("a2"))];
  await Bun.sleep(5);
  slow.end();
  await first;
  expect(turns.size).toEqual({ working: 0, waiting: 1 });
  await turns.take("b", async () => order.push("b"));
  expect(order).toEqual(["a1", "b"]);
  await second;
  expect(order).toEqual(["a1", "b", "a2"]);
});

function raise(): never {
  throw new Error("missing");
}
