import type { Server } from "bun";
import type { Logger } from "pino";
import type { Context } from "../operations/context.ts";
import type { Broadcast } from "../ports/broadcast.ts";
import type { LoggedEvent } from "../ports/store.ts";
import type { Connection } from "./connection.ts";
import { Hub } from "./hub.ts";
import { socketHandlers, upgrade } from "./socket.ts";
import { startTail } from "./tail.ts";

export type Realtime = {
  handlers: ReturnType<typeof socketHandlers>;
  upgrade(request: Request, server: Server<Connection>, ip: string): Response | undefined;
  /** Gives the server whose topics events are published to. */
  attach(server: Server<Connection>): void;
  /** Open sockets. */
  sockets(): number;
  /** How long ago the log was last read to its end, in milliseconds. */
  tailAgeMs(): number;
  drain(spreadMs: number): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  context: Context;
  broadcast: Broadcast;
  log: Logger;
  origins: string[];
  /** Who else is told of each event, before the sockets are. */
  onEvent?: (event: LoggedEvent) => void;
};

/** Live updates of one instance: a tail of the log, and the sockets that hear it. */
export async function startRealtime({
  context,
  broadcast,
  log,
  origins,
  onEvent = () => {},
}: Options): Promise<Realtime> {
  let server: Server<Connection> | null = null;
  let draining = false;
  const topics = {
    isHeard: (topic: string) => (server?.subscriberCount(topic) ?? 0) > 0,
    publish: (topic: string, text: string) => void server?.publish(topic, text),
  };
  const hub = new Hub(context.clock, topics);
  const tell = (event: LoggedEvent) => {
    onEvent(event);
    hub.handle(event);
  };
  const tail = await startTail({ events: context.store.events, log, onEvent: tell });
  broadcast.listen(tail.wake);
  const sweeper = setInterval(() => hub.sweep(), 1_000);
  const needs = { context, hub, log, tail, origins };
  return {
    handlers: socketHandlers(needs),
    upgrade: (request, to, ip) => (draining ? goElsewhere() : upgrade(request, to, ip, needs)),
    attach: (to) => {
      server = to;
    },
    sockets: () => hub.size,
    tailAgeMs: tail.ageMs,
    drain: async (spreadMs) => {
      draining = true;
      await hub.drain(spreadMs);
    },
    stop: async () => {
      clearInterval(sweeper);
      await tail.stop();
    },
  };
}

/** Clients that were told to come back must not come back here. */
function goElsewhere(): Response {
  return new Response("The service restarts.", { status: 503, headers: { "Retry-After": "1" } });
}
