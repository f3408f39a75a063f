import type { Redis } from "ioredis";
import type { Broadcast } from "../ports/broadcast.ts";
import type { Log } from "../ports/log.ts";
import { connectRedis } from "../process/connect-redis.ts";
import { localBroadcast } from "./local.ts";

/**
 * Over Redis pub/sub, to every process. While Redis is down, this process still notifies itself, and the others notice
 * by polling the log; ioredis reconnects and subscribes again by itself. Several installations can share one Redis:
 * each has its own channel.
 */
export function redisBroadcast(
  url: string,
  installation: string,
  log: Log,
): Broadcast & { ping(): Promise<void>; publisher: Redis } {
  const channel = `booking:${installation}:log`;
  const local = localBroadcast();
  const publisher = connectRedis(url, "publisher", log, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 2_000,
  });
  const subscriber = connectRedis(url, "subscriber", log, { maxRetriesPerRequest: null });
  subscriber.subscribe(channel).catch((error) => subscriber.emit("error", error));
  subscriber.on("message", local.announce);
  // At most one message is on its way, however many commits there are; one more follows what was announced meanwhile.
  let underWay = false;
  let again = false;
  const tellOthers = () => {
    if (underWay) {
      again = true;
      return;
    }
    underWay = true;
    publisher
      .publish(channel, "")
      .catch((error) => publisher.emit("error", error))
      .finally(() => {
        underWay = false;
        if (!again) return;
        again = false;
        tellOthers();
      });
  };
  return {
    publisher,
    announce: () => {
      local.announce();
      tellOthers();
    },
    listen: local.listen,
    ping: async () => void (await publisher.ping()),
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
      await local.close();
    },
  };
}
