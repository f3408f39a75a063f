import { describe } from "bun:test";

export const redisUrl = process.env.TEST_REDIS_URL;

/** For what needs Postgres and Redis both. */
export function describeOnRedis(title: string, define: () => void): void {
  describe.skipIf(!redisUrl || !process.env.TEST_DATABASE_URL)(`${title} on Postgres and Redis`, define);
}
