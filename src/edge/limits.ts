import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Refusal } from "../domain/refusal.ts";
import type { Counter, Limits, Policy } from "../ports/limits.ts";
import type { KeyValues } from "./runtime.ts";

type Count = { points: number; endsAt: number };

/** Where counts are kept: in memory, or in the object's storage, where they outlive its sleep. */
export type Counts = {
  get(key: string): Count | undefined;
  put(key: string, count: Count): void;
};

/** How long `remember` is asked to remember at most. */
export const rememberedDays = 14;

/** Counters without timers, which would keep an object from sleeping: a window that has ended counts as empty. */
export function countingLimits(counts: Counts, nowMs: () => number): Limits {
  const current = (key: string, seconds: number): Count => {
    const known = counts.get(key);
    return known && known.endsAt > nowMs() ? known : { points: 0, endsAt: nowMs() + seconds * 1000 };
  };
  const counter = ({ name, points: most, seconds }: Policy): Counter => ({
    take: async (key) => {
      const id = `${name} ${key}`;
      const { points, endsAt } = current(id, seconds);
      counts.put(id, { points: points + 1, endsAt });
      const remaining = Math.max(0, most - points - 1);
      return { allowed: points < most, remaining, resetMs: endsAt - nowMs() };
    },
    giveBack: async (key) => {
      const id = `${name} ${key}`;
      const { points, endsAt } = current(id, seconds);
      if (points > 0) counts.put(id, { points: points - 1, endsAt });
    },
  });
  return {
    counter,
    remember: async (key, seconds) =>
      counts.put(`known ${key}`, { points: 1, endsAt: nowMs() + seconds * 1000 }),
    remembers: async (key) => current(`known ${key}`, 1).points > 0,
  };
}

/** In memory, the latest used: for windows of a minute. */
export function countsInMemory(): Counts {
  const counts = new LRUCache<string, Count>({ max: 10_000 });
  return { get: (key) => counts.get(key), put: (key, count) => void counts.set(key, count) };
}

const prefix = "limit ";
const purgedAtOnce = 1_000;

/**
 * In the object's storage: an attacker gains nothing by letting it fall asleep. Keys are hashed, because they name
 * people and their addresses, and may be of any length.
 */
export function storedCounts(kv: KeyValues, onPut: () => void): Counts & { purge(nowMs: number): void } {
  const stored = (key: string) => prefix + createHash("sha256").update(key).digest("base64url");
  return {
    get: (key) => kv.get<Count>(stored(key)),
    put: (key, count) => {
      try {
        kv.put(stored(key), count);
        onPut();
      } catch (cause) {
        const detail = "The storage of this installation can't be written. Try again shortly.";
        throw new Refusal("unavailable", detail, { retryAfterSeconds: 2 }, { cause });
      }
    },
    purge: (nowMs) => {
      for (let startAfter: string | undefined; ; ) {
        const some = [
          ...kv.list<Count>({ prefix, limit: purgedAtOnce, ...(startAfter ? { startAfter } : {}) }),
        ];
        for (const [key, { endsAt }] of some) if (endsAt <= nowMs) kv.delete(key);
        startAfter = some.at(-1)?.[0];
        if (some.length < purgedAtOnce) return;
      }
    },
  };
}
