import { describe } from "bun:test";

export const redisUrl = process.env.TEST_REDIS_URL;

/** For what needs Postgres and Redis both. */
export function describeOnRedis(title: string, define: () => void): void {
  describe.skipIf(!redisUrl || !process.env.TEST_DATABASE_URL)(`${title} on Postgres and Redis`, define);
}

/** For what kills or breaks a Redis of its own: needs Postgres, and a `redis-server` on the PATH. */
export function describeOnOwnRedis(title: string, define: () => void): void {
  const missing = !Bun.which("redis-server") || !process.env.TEST_DATABASE_URL;
  describe.skipIf(missing)(`${title} on Postgres and a Redis of its own`, define);
}
