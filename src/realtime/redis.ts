import { Redis } from "ioredis";
import type { Logger } from "pino";
import type { Broadcast } from "../ports/broadcast.ts";
import { localBroadcast } from "./local.ts";

/**
 * Over Redis pub/sub, to every process. While Redis is away this process still hears itself, and the others
 * notice by polling the log; ioredis connects and subscribes again by itself.
 * Several installations may share one Redis: each has a channel of its own.
 */
export function redisBroadcast(
  url: string,
  installation: string,
  log: Logger,
): Broadcast & { ping(): Promise<void>; publisher: Redis } {
  const channel = `booking:${installation}:log`;
  const local = localBroadcast();
  const publisher = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 2_000,
  });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  for (const [name, connection] of Object.entries({ publisher, subscriber })) {
    let told = false;
    connection.on("error", (err) => {
      if (!told) log.warn({ err, connection: name }, "Redis is away");
      told = true;
    });
    connection.on("ready", () => {
      told = false;
    });
  }
  subscriber.subscribe(channel).catch(() => {});
  subscriber.on("message", local.announce);
  // One word under way at a time, and one more when something was announced meanwhile: however many commits there are.
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
      .catch(() => {})
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
