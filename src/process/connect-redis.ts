import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "../ports/log.ts";

/**
 * A connection that reconnects by itself. It logs the first fault since it was last ready: that Redis can't be reached
 * or, if a caller emits it as an `error`, that Redis refuses a command.
 */
export function connectRedis(url: string, name: string, log: Log, options: RedisOptions): Redis {
  const connection = new Redis(url, options);
  let isWarned = false;
  connection.on("error", (err) => {
    if (!isWarned) log.warn({ err, connection: name }, "Redis can't be reached or refuses a command");
    isWarned = true;
  });
  connection.on("ready", () => {
    isWarned = false;
  });
  return connection;
}
