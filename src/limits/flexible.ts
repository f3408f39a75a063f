import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import type { Counter, Limits, Policy } from "../ports/limits.ts";

/** Only in this process. */
export function memoryLimits(): Limits {
  return limitsOver((policy) => new RateLimiterMemory(optionsOf(policy)));
}

/**
 * In Redis, so that all processes count together. While Redis is down, each process counts for itself with a quarter of
 * the points, so losing Redis does not loosen the limits.
 */
export function redisLimits(redis: Redis, prefix: string): Limits {
  return limitsOver((policy) => {
    const { points, duration, keyPrefix } = optionsOf(policy);
    return new RateLimiterRedis({
      storeClient: redis,
      points,
      duration,
      keyPrefix: `${prefix}:limit:${keyPrefix}`,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, duration, points: Math.ceil(points / 4) }),
    });
  });
}

function optionsOf({ name, points, seconds }: Policy) {
  return { keyPrefix: name, points, duration: seconds };
}

function limitsOver(limiter: (policy: Policy) => RateLimiterAbstract): Limits {
  // All callers that name the same policy are counted together.
  const counters = new Map<string, Counter>();
  const memory = limiter({ name: "known", points: 1, seconds: 1 });
  return {
    counter: (policy) => counters.getOrInsertComputed(policy.name, () => counterOver(limiter(policy))),
    remember: async (key, seconds) => void (await memory.set(key, 1, seconds)),
    remembers: async (key) => ((await memory.get(key))?.consumedPoints ?? 0) > 0,
  };
}

function counterOver(limiter: RateLimiterAbstract): Counter {
  return {
    take: async (key) => {
      const result = await limiter.consume(key).then(
        (taken) => ({ taken, allowed: true }),
        (refused) => {
          if (refused instanceof RateLimiterRes) return { taken: refused, allowed: false };
          throw refused;
        },
      );
      const { remainingPoints: remaining, msBeforeNext: resetMs } = result.taken;
      return { allowed: result.allowed, remaining, resetMs };
    },
    giveBack: async (key) => void (await limiter.reward(key)),
  };
}
