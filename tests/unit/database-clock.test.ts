import { expect, test } from "bun:test";
import { type DatabaseClock, databaseClock } from "../../src/process/database-clock.ts";

/** Two clocks and a network between them, all of them turned by hand. */
async function open({ ownMs = 0, theirsMs = 0 } = {}) {
  const world = { ms: 1_000_000, ownMs, theirsMs, thereMs: 1, backMs: 1, away: false };
  const own = { now: () => new Date(world.ms + world.ownMs) };
  const read = async () => {
    if (world.away) throw new Error("away");
    world.ms += world.thereMs;
    const read = new Date(world.ms + world.theirsMs);
    world.ms += world.backMs;
    return read;
  };
  const clock: DatabaseClock = await databaseClock(read, { own });
  clock.stop();
  const wrongBy = () => Math.abs(clock.now().getTime() - (world.ms + world.theirsMs));
  return { world, clock, wrongBy };
}

test.each([0, 30_000, -30_000, 3_600_000])(
  "a clock that is %d ms off shows the database's time",
  async (ownMs) => {
    const { wrongBy } = await open({ ownMs, theirsMs: 500 });
    expect(wrongBy()).toBeLessThanOrEqual(1);
  },
);

test("a slow answer moves it less than it is uncertain, and a quick one corrects it", async () => {
  const { world, clock, wrongBy } = await open();
  Object.assign(world, { thereMs: 1_900, backMs: 100 });
  await clock.measure();
  expect(wrongBy()).toBeLessThan(20);
  Object.assign(world, { thereMs: 1, backMs: 1 });
  await clock.measure();
  expect(wrongBy()).toBeLessThan(5);
});

test("a clock that is set, here or there, is followed at once", async () => {
  const { world, clock, wrongBy } = await open();
  world.theirsMs += 60_000;
  await clock.measure();
  expect(wrongBy()).toBeLessThanOrEqual(1);
  world.ownMs -= 45_000;
  await clock.measure();
  expect(wrongBy()).toBeLessThanOrEqual(1);
});

test("a clock that drifts is followed", async () => {
  const { world, clock, wrongBy } = await open();
  for (let n = 0; n < 1_000; n++) {
    world.ms += 10_000;
    world.ownMs += 0.5;
    await clock.measure();
    expect(wrongBy()).toBeLessThan(10);
  }
});

test("while the database is away, the last measurement counts", async () => {
  const { world, clock, wrongBy } = await open({ ownMs: 30_000 });
  world.away = true;
  expect(clock.measure()).rejects.toThrow("away");
  world.ms += 3_600_000;
  expect(wrongBy()).toBeLessThanOrEqual(1);
});
