import type { Redis } from "ioredis";

/**
 * Settings that make Redis lose jobs, each in a sentence with the remedy. If Redis does not reveal its settings
 * (managed ones often don't), there are none.
 */
export async function redisWarnings(redis: Redis): Promise<string[]> {
  const warnings: string[] = [];
  const policy = await setting(redis, "maxmemory-policy");
  if (policy && policy !== "noeviction") {
    warnings.push(`maxmemory-policy is ${policy}: a full Redis drops jobs. Set it to noeviction.`);
  }
  if ((await setting(redis, "appendonly")) === "no") {
    warnings.push("appendonly is no: a crash of Redis loses the latest jobs. Set it to yes.");
  }
  return warnings;
}

async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const found = (await redis.config("GET", name).catch(() => [])) as string[];
  return found[1];
}
