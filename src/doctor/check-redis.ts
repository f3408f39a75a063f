import { Redis } from "ioredis";
import { redisWarnings } from "../../worker/queues/redis-settings.ts";
import type { Clock } from "../ports/clock.ts";
import { checkClock, type Finding, fault, ok, warning } from "./finding.ts";

const oldest = "6.2.0";

export async function checkRedis(url: string, clock: Clock): Promise<Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason = "";
  redis.on("error", (error) => {
    reason = error.message;
  });
  try {
    await redis.connect();
    const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "0.0.0";
    const before = clock.now();
    const [seconds, micros] = await redis.time();
    const theirs = new Date(Number(seconds) * 1000 + Number(micros) / 1000);
    const clocks = checkClock("redis clock", theirs, { before, after: clock.now() });
    const settings = (await redisWarnings(redis)).map((text) => {
      const [detail = "", remedy = ""] = text.split(/(?<=\.) (?=Set )/);
      return warning("redis settings", detail, remedy);
    });
    return [
      Bun.semver.order(version, oldest) < 0
        ? fault("redis", `Redis ${version} is too old.`, `Use Redis ${oldest} or later.`)
        : ok("redis", `Redis ${version} answers.`),
      ...(settings.length > 0 ? settings : [ok("redis settings", "Redis keeps every job.")]),
      clocks,
    ];
  } catch (error) {
    const why = reason || (error instanceof Error ? error.message : String(error));
    return [fault("redis", `Redis can't be used (${why}).`, "Start it, or correct REDIS_URL.")];
  } finally {
    redis.disconnect();
  }
}
