import { expect, test } from "bun:test";
import { pino } from "pino";
import { newTask, type Task } from "../../src/domain/tasks/task.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import { createRunner } from "../../worker/runner.ts";

/** A runner of two tasks at a time over so many that are due; each ends when it is let go. */
function runnerOf(due: number) {
  let reads = 0;
  const started: { task: Task; letGo: () => void }[] = [];
  const all = Array.from({ length: due }, (_, n) => {
    const of = { organizationId: "o", kind: "toy", subjectId: `${n}`, key: "", data: {} };
    return newTask({ ...of, id: `${n}`, dueAt: new Date(Date.now() + 1_000) }, new Date());
  });
  const tasks = {
    leaseDue: async (_: string, limit: number) => {
      reads += 1;
      return all.splice(0, limit);
    },
    nextAttemptAt: async () => new Date(0),
  } as unknown as Tasks;
  const run = (task: Task) =>
    new Promise<undefined>((resolve) => {
      started.push({ task, letGo: () => resolve(undefined) });
    });
  const needs = { tasks, clock: systemClock, log: pino({ level: "silent" }), concurrency: 2 };
  const letGo = () => {
    for (const one of started) one.letGo();
  };
  return { runner: createRunner({ kind: "toy", run }, needs), started, letGo, reads: () => reads };
}

test("a runner takes up as much as it may, and the rest as that ends", async () => {
  const { runner, started, letGo } = runnerOf(3);
  const pass = runner.pass();
  await Bun.sleep(1);
  expect(started).toHaveLength(2);
  letGo();
  expect(await pass).toEqual(new Date(0));
  expect(started).toHaveLength(3);
  letGo();
  await runner.stop();
});

test("a call during a pass gets that pass, and the next one another", async () => {
  const { runner, reads } = runnerOf(0);
  await Promise.all([runner.pass(), runner.pass()]);
  expect(reads()).toBe(1);
  await runner.pass();
  expect(reads()).toBe(2);
});

test("it is alive with its hands full, and otherwise as long as it reads the ledger", async () => {
  const { runner, letGo } = runnerOf(3);
  expect([runner.isAlive(0), runner.isAlive(60_000)]).toEqual([false, true]);
  const pass = runner.pass();
  await Bun.sleep(1);
  expect(runner.isAlive(0)).toBe(true);
  letGo();
  await pass;
  expect(runner.isAlive(0)).toBe(false);
  letGo();
  await runner.stop();
});

test("once it is stopped it takes up nothing more, and ends with the work in progress", async () => {
  const { runner, started, letGo } = runnerOf(9);
  void runner.pass();
  await Bun.sleep(1);
  let ended = false;
  const stopped = runner.stop().then(() => {
    ended = true;
  });
  await Bun.sleep(1);
  expect(ended).toBe(false);
  letGo();
  await stopped;
  expect(started).toHaveLength(2);
});
