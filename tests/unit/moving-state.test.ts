import { expect, test } from "bun:test";
import { movingState } from "../../src/edge/moving/state.ts";

/** The state over what an object has stored, as it is after each of its starts. */
function stored(kept: Map<string, unknown> = new Map()) {
  let now = 0;
  const kv = {
    get: (key: string) => structuredClone(kept.get(key)),
    put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
    delete: (key: string) => kept.delete(key),
    list: () => [],
  };
  return {
    kept,
    start: () => movingState({ storage: { kv } as never, nowMs: () => now }),
    setClock: (ms: number) => {
      now = ms;
    },
  };
}

test("a backup survives a restart, and ends for good when its time is over", () => {
  const { kept, start, setClock } = stored();
  start().freeze("one");
  const restarted = start();
  setClock(59_999);
  expect(restarted.backup()?.backup).toBe("one");
  setClock(60_000);
  expect(restarted.backup()).toBeNull();
  setClock(0);
  expect([restarted.backup(), start().backup(), kept.size]).toEqual([null, null, 0]);
});

test("a backup ends when a version with another schema starts", () => {
  const { kept, start } = stored();
  start().freeze("one");
  kept.set("backup", { ...(kept.get("backup") as object), schema: "0000_before" });
  expect([start().backup(), kept.size]).toEqual([null, 0]);
});
