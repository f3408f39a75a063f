import type { Counter, Limits, Policy } from "../ports/limits.ts";

type Count = { points: number; endsAt: number };

/** Where counts are kept: in memory, or in the object's storage, where they outlive its sleep. */
export type Counts = {
  get(key: string): Count | undefined;
  put(key: string, count: Count): void;
};

/** Counters without timers, which would keep an object from sleeping: a window that has ended counts as empty. */
export function countingLimits(counts: Counts, nowMs: () => number = Date.now): Limits {
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

const maxCounts = 10_000;

/** In memory: for windows of a minute. */
export function countsInMemory(nowMs: () => number = Date.now): Counts {
  const counts = new Map<string, Count>();
  return {
    get: (key) => counts.get(key),
    put: (key, count) => {
      if (counts.size >= maxCounts)
        for (const [each, { endsAt }] of counts) if (endsAt <= nowMs()) counts.delete(each);
      counts.set(key, count);
    },
  };
}

/** What is used of an object's storage of keys and values. */
export type KeyValues = {
  get<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  delete(key: string): boolean;
  list<T>(options: { prefix: string }): Iterable<[string, T]>;
};

const prefix = "limit ";

/** In the object's storage: an attacker gains nothing by letting it fall asleep. */
export function storedCounts(kv: KeyValues, onPut: () => void): Counts & { purge(nowMs: number): void } {
  return {
    get: (key) => kv.get<Count>(prefix + key),
    put: (key, count) => {
      kv.put(prefix + key, count);
      onPut();
    },
    purge: (nowMs) => {
      const ended = [...kv.list<Count>({ prefix })].filter(([, { endsAt }]) => endsAt <= nowMs);
      for (const [key] of ended) kv.delete(key);
    },
  };
}
