import { Redis, type RedisOptions } from "ioredis";
import type { Logger } from "pino";

/** A connection that says once when Redis goes away, and comes back by itself. */
export function connectRedis(url: string, log: Logger, options: RedisOptions): Redis {
  const connection = new Redis(url, options);
  let told = false;
  connection.on("error", (err) => {
    if (!told) log.warn({ err, connection: "queues" }, "Redis is away");
    told = true;
  });
  connection.on("ready", () => {
    told = false;
  });
  return connection;
}
