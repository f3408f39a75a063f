import { expect, test } from "bun:test";
import { createDatabase } from "../support/databases.ts";
import { describeOnOwnRedis } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { type Server, startServer, stopServer } from "../support/server.ts";

describeOnOwnRedis("limits on guesses", () => {
  test("are counted by all instances together, and stricter while Redis is away", async () => {
    const [redis, database] = [await startRedis(), await createDatabase("postgres")];
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, RATE_LIMIT_SCALE: "1" };
    const servers = (await Promise.all([1, 2].map(() => startServer({ env })))) as [Server, Server];
    const guess = async (server: Server, email: string) => {
      const answer = await fetch(`${server.url}/api/auth/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Forwarded-For": `198.51.100.${Math.random()}` },
        body: JSON.stringify({ email, password: "wrong-password" }),
      });
      return answer.status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push(await guess(servers[n % 2] as Server, "one@example.com"));
    expect([statuses.filter((status) => status === 401).length, statuses.at(-1)]).toEqual([10, 429]);
    await redis.kill();
    const away: number[] = [];
    for (let n = 0; n < 4; n++) away.push(await guess(servers[0], "two@example.com"));
    expect(away).toEqual([401, 401, 401, 429]);
    await Promise.all(servers.map(stopServer));
    await redis.stop();
    await database.drop();
  });
});
