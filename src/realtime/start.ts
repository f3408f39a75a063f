import type { Event } from "../domain/event.ts";
import { callerLimits } from "../operations/caller-limits.ts";
import type { Context } from "../operations/context.ts";
import type { Broadcast } from "../ports/broadcast.ts";
import type { Log } from "../ports/log.ts";
import type { LoggedEvent } from "../ports/store.ts";
import type { JudgeOrigin } from "../process/origins.ts";
import type { SocketServer } from "./connection.ts";
import { Hub } from "./hub.ts";
import { rejudging } from "./rejudge.ts";
import { socketHandlers, upgrade } from "./socket.ts";
import { startTail } from "./tail.ts";
import { Turns } from "./turns.ts";
import { startWatch } from "./watch.ts";

export type Realtime = {
  handlers: ReturnType<typeof socketHandlers>;
  upgrade(request: Request, server: SocketServer, ip: string): Response | undefined;
  /** Gives the server whose topics events are published to. */
  attach(server: SocketServer): void;
  /** Open sockets. */
  sockets(): number;
  /** Skips to the end of the log. Call this before the first socket opens if earlier commits were not announced. */
  skipToEnd(): Promise<void>;
  /** Closes sockets whose token has run out, and returns when the next one does: null when there are none. */
  sweep(): Date | null;
  /** How long ago the settled log was last read to its end, in milliseconds. */
  tailAgeMs(): number;
  /** How long changes may have gone unnoticed, in milliseconds, settled or not. */
  watchAgeMs(): number;
  drain(spreadMs: number): Promise<void>;
  stop(): Promise<void>;
};

/** The cache of this process, which must forget what changes. */
export type Remembered = { forget(event: Event): void; forgetAll(): void };

type Options = {
  context: Context;
  broadcast: Broadcast;
  log: Log;
  judgeOrigin: JudgeOrigin;
  /** Forgets before the sockets are acted on. */
  remembered?: Remembered;
  /** Where one program alone writes the log and announces each commit: nothing is polled, and no timer runs. */
  isOnlyWriter?: boolean;
};

/** Replays read pages of the log for sockets that come back: the rest of the service must not notice. */
const replayTurns = { abreast: 2, waitingOfUser: 50, waiting: 1_000, restFactor: 3 };

/** Live updates of one instance: two readers of the log, and the sockets that they serve. */
export async function startRealtime({
  context,
  broadcast,
  log,
  judgeOrigin,
  remembered = { forget: () => {}, forgetAll: () => {} },
  isOnlyWriter = false,
}: Options): Promise<Realtime> {
  let server: SocketServer | null = null;
  let draining = false;
  const topics = {
    isHeard: (topic: string) => (server?.subscriberCount(topic) ?? 0) > 0,
    publish: (topic: string, text: string) => void server?.publish(topic, text),
  };
  const onFault = (err: unknown, event?: LoggedEvent) =>
    log.error({ err, eventId: event?.id }, "an event could not be sent to a socket or room; continuing");
  const hub = new Hub(context.clock, topics, onFault);
  const { events } = context.store;
  const checks = rejudging({ context, hub, log });
  // Two needs, two readers: pushes and cursors need the order of the log; forgetting and closing can't wait for it.
  const onEvent = (event: LoggedEvent) => hub.publish(event);
  const rhythm = isOnlyWriter ? { rhythm: { pollMs: null, restMs: 0 } } : {};
  const tail = await startTail({ events, log, onEvent, ...rhythm });
  const watch = await startWatch({
    events,
    log,
    listeners: [(event) => remembered.forget(event), (event) => hub.act(event)],
    onLost: () => {
      remembered.forgetAll();
      checks.all();
    },
    onLooked: checks.goOn,
    ...rhythm,
  });
  broadcast.listen(tail.wake);
  broadcast.listen(watch.wake);
  const sweeper = isOnlyWriter ? undefined : setInterval(() => hub.sweep(), 1_000);
  const limitOf = callerLimits(context);
  const needs = {
    context,
    hub,
    log,
    tail,
    judgeOrigin,
    onFault,
    turns: new Turns(replayTurns),
    readLimit: (actor: Parameters<typeof limitOf>[0]) => limitOf(actor, "read"),
  };
  return {
    handlers: socketHandlers(needs),
    upgrade: (request, to, ip) => (draining ? goElsewhere() : upgrade(request, to, ip, needs)),
    attach: (to) => {
      server = to;
    },
    sockets: () => hub.size,
    skipToEnd: async () => void (await Promise.all([tail.skipToEnd(), watch.skipToEnd()])),
    sweep: () => hub.sweep(),
    tailAgeMs: tail.ageMs,
    watchAgeMs: watch.ageMs,
    drain: async (spreadMs) => {
      draining = true;
      await hub.drain(spreadMs);
    },
    stop: async () => {
      clearInterval(sweeper);
      await Promise.all([tail.stop(), watch.stop()]);
    },
  };
}

/** Clients that were asked to reconnect must not come back here. */
function goElsewhere(): Response {
  return new Response("The service is restarting.", { status: 503, headers: { "Retry-After": "1" } });
}
