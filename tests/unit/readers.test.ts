import { expect, test } from "bun:test";
import { pino } from "pino";
import { nobody } from "../../src/domain/actor.ts";
import { record } from "../../src/domain/event.ts";
import type { LoggedEvent } from "../../src/ports/store.ts";
import { startTail } from "../../src/realtime/tail.ts";
import { startWatch } from "../../src/realtime/watch.ts";

const made = (n: number): LoggedEvent => ({
  ...record(
    { actor: nobody, now: new Date(0), newId: () => `e${n}` },
    { id: `u${n}`, organizationId: "o", version: n },
    "user.updated",
    { changes: {} },
  ),
  position: String(n),
});

/** A log in memory that both readers follow, with what was logged about it. */
function memoryLog() {
  const all: LoggedEvent[] = [];
  const logged: { eventId?: string }[] = [];
  return {
    all,
    logged,
    log: pino({ level: "warn" }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    events: {
      end: async () => String(all.length),
      after: async (position: string, limit: number) => all.slice(Number(position), Number(position) + limit),
      visibleSince: async (mark: string | null) => ({
        mark: String(all.length),
        events: mark === null || mark === "lost" ? null : all.slice(Number(mark)),
      }),
    },
  };
}

test("a log that can't be read is reported once, not at every look", async () => {
  const { logged, log, events } = memoryLog();
  const looks = { left: 5, over: Promise.withResolvers<void>() };
  const fail = async (): Promise<never> => {
    if (--looks.left <= 0) looks.over.resolve();
    throw new Error("no connection");
  };
  const tail = await startTail({
    events: { ...events, after: fail },
    log,
    onEvent: () => {},
    rhythm: { pollMs: 1, restMs: 5 },
  });
  await looks.over.promise;
  await tail.stop();
  expect(logged).toMatchObject([{ sinceLastLine: 0 }]);
});

test("an event that its listener can't handle is logged and passed, by the tail", async () => {
  const { all, logged, log, events } = memoryLog();
  const heard: string[] = [];
  const onEvent = ({ id }: LoggedEvent) => {
    if (id === "e2") throw new Error("poison");
    heard.push(id);
  };
  const tail = await startTail({ events, log, onEvent });
  all.push(made(1), made(2), made(3));
  await tail.catchUp();
  all.push(made(4));
  await tail.catchUp();
  expect([heard, tail.position()]).toEqual([["e1", "e3", "e4"], "4"]);
  expect(logged.map(({ eventId }) => eventId)).toEqual(["e2"]);
  await tail.stop();
});

test("a change that a listener can't handle is logged, the others get theirs, and everything is forgotten", async () => {
  const { all, logged, log, events } = memoryLog();
  const heard: string[] = [];
  let lost = 0;
  const looked = { next: Promise.withResolvers<void>() };
  const watch = await startWatch({
    events,
    log,
    listeners: [
      ({ id }) => {
        if (id === "e1") throw new Error("poison");
        heard.push(`first ${id}`);
      },
      ({ id }) => void heard.push(`second ${id}`),
    ],
    onLost: () => {
      lost += 1;
    },
    onLooked: () => looked.next.resolve(),
  });
  all.push(made(1), made(2));
  watch.wake();
  await looked.next.promise;
  expect(heard).toEqual(["second e1", "first e2", "second e2"]);
  expect([lost, logged.map(({ eventId }) => eventId)]).toEqual([1, ["e1"]]);
  await watch.stop();
});

test("a watch that can't read says for how long it is blind, and goes on from where it was", async () => {
  const { all, log, events } = memoryLog();
  const heard: string[] = [];
  let away = true;
  const failed = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  const watch = await startWatch({
    events: {
      visibleSince: async (mark) => {
        if (mark === null || !away) return events.visibleSince(mark);
        failed.resolve();
        throw new Error("away");
      },
    },
    log,
    listeners: [
      ({ id }) => {
        heard.push(id);
        seen.resolve();
      },
    ],
    onLost: () => {},
    rhythm: { pollMs: 5, restMs: 100 },
  });
  all.push(made(1));
  await failed.promise;
  const before = watch.ageMs();
  expect(before).toBeGreaterThan(0);
  away = false;
  await seen.promise;
  expect(heard).toEqual(["e1"]);
  await watch.stop();
});
