import { Refusal } from "../domain/refusal.ts";
import { repeating } from "../lib/repeating.ts";
import { authenticate } from "../operations/auth/authenticate.ts";
import type { Context } from "../operations/context.ts";
import { authorizeRoom } from "../operations/events/authorize-room.ts";
import type { Log } from "../ports/log.ts";
import { closeCodes, type Socket } from "./connection.ts";
import type { Hub } from "./hub.ts";

type Needs = { context: Context; hub: Hub; log: Log };

export type Rejudging = {
  /** Every signed-in socket has to be checked again. */
  all(): void;
  /** Checks those that still have to be. */
  goOn(): void;
};

/** At once: sockets are many, and requests need the database as well. */
const abreast = 8;

/**
 * Checks sockets again after the log was lost, when no event shows any more whose session ended meanwhile. A socket
 * that can't be checked, because the database is down, waits for the next call of `goOn`.
 */
export function rejudging({ context, hub, log }: Needs): Rejudging {
  const waiting = new Set<Socket>();
  let running = false;
  const onFault = repeating((fields) => log.warn(fields, "sockets can't be checked yet"));

  const next = async (): Promise<void> => {
    for (const socket of waiting) {
      waiting.delete(socket);
      try {
        await judge(context, hub, socket);
      } catch (err) {
        waiting.add(socket);
        throw err;
      }
    }
  };
  const goOn = () => {
    if (running || waiting.size === 0) return;
    running = true;
    Promise.allSettled(Array.from({ length: abreast }, next)).then((results) => {
      running = false;
      const failed = results.find(({ status }) => status === "rejected");
      if (failed) onFault({ err: (failed as PromiseRejectedResult).reason });
    });
  };
  return {
    all: () => {
      for (const socket of hub.signedIn()) waiting.add(socket);
    },
    goOn,
  };
}

async function judge(context: Context, hub: Hub, socket: Socket): Promise<void> {
  const { actor, token, rooms } = socket.data;
  if (!actor || !token || socket.readyState !== WebSocket.OPEN) return;
  const now = await unlessRefused(authenticate(context, token));
  if (now?.actor.role !== actor.role) {
    socket.close(closeCodes.ended, "The session has ended, or the account has changed.");
    return;
  }
  for (const room of [...rooms.values()]) {
    const may = await unlessRefused(authorizeRoom(context, actor, room).then(() => true));
    if (!may) hub.leave(socket, room);
  }
}

/** Null when the answer is no; an unreachable database gives no answer. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal && error.code !== "unavailable") return null;
    throw error;
  }
}
