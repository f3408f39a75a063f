import { cursorOf, encodeCursor } from "../domain/cursor.ts";
import type { Event, EventType } from "../domain/event.ts";
import { liveEvent, type Room, roomName, roomsOf, topicOf } from "../domain/rooms.ts";
import { limitedNetwork } from "../lib/ip-address.ts";
import type { Clock } from "../ports/clock.ts";
import type { LoggedEvent } from "../ports/store.ts";
import { closeCodes, type Socket } from "./connection.ts";
import { encodeFrame } from "./frames.ts";

/** What the server does with topics: a text goes to everyone who subscribed. */
export type Topics = { isHeard(topic: string): boolean; publish(topic: string, text: string): void };

/** The open sockets of this instance: what is sent to them, and when they are closed. */
export class Hub {
  readonly #sockets = new Set<Socket>();
  /** By network: the sockets that have not signed in, and some that have since they were last counted. */
  readonly #strangers = new Map<string, Set<Socket>>();

  constructor(
    private readonly clock: Clock,
    private readonly topics: Topics,
    /** Gets an error of one socket or room: the others get their turn all the same. */
    private readonly onFault: (error: unknown, event?: LoggedEvent) => void = () => {},
  ) {}

  add(socket: Socket): void {
    this.#sockets.add(socket);
    const network = limitedNetwork(socket.data.ip);
    const strangers = this.#strangers.get(network) ?? new Set();
    this.#strangers.set(network, strangers.add(socket));
  }

  remove(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#forgetStranger(limitedNetwork(socket.data.ip), socket);
  }

  /** How many open sockets of a client's network have not signed in. */
  strangersFrom(ip: string): number {
    const network = limitedNetwork(ip);
    for (const socket of this.#strangers.get(network) ?? []) {
      if (socket.data.actor) this.#forgetStranger(network, socket);
    }
    return this.#strangers.get(network)?.size ?? 0;
  }

  get size(): number {
    return this.#sockets.size;
  }

  countOf(userId: string): number {
    return [...this.#sockets].filter((socket) => socket.data.actor?.userId === userId).length;
  }

  signedIn(): Socket[] {
    return [...this.#sockets].filter((socket) => socket.data.actor);
  }

  /** Publishes an event in its rooms. Called in the order of the log. */
  publish(event: LoggedEvent): void {
    for (const room of roomsOf(event)) {
      const topic = topicOf(event.organizationId, room);
      if (!this.topics.isHeard(topic)) continue;
      this.#guarded(() => {
        const text = roomFrame(event, room);
        if (text) this.topics.publish(topic, text);
      }, event);
    }
  }

  /** Handles an event that ends a session or changes a user's rights. Called in any order. */
  act(event: Event): void {
    if (event.type === "session.ended") this.#endSession(event);
    if (event.subjectType === "user") this.#endOutdated(event);
    if (event.type === "resource.deleted") this.#forget({ kind: "resource", id: event.subjectId });
  }

  /** Removes a socket from a room that it may no longer follow, and notifies it. */
  leave(socket: Socket, room: Room): void {
    const name = roomName(room);
    if (!socket.data.rooms.delete(name)) return;
    const { actor } = socket.data;
    if (actor) socket.unsubscribe(topicOf(actor.organizationId, room));
    socket.send(encodeFrame("left-room", { room: name }));
  }

  /** Closes sockets whose token has run out, and returns when the next one does: null when there are none. */
  sweep(): Date | null {
    const now = this.clock.now().getTime();
    let next = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets) {
      const { expiresAt } = socket.data;
      if (expiresAt <= now) this.#close(socket, "The token has expired.");
      else next = Math.min(next, expiresAt);
    }
    return Number.isFinite(next) ? new Date(next) : null;
  }

  /** Asks every socket to reconnect elsewhere, spread over `spreadMs` so that they don't all come at once. */
  async drain(spreadMs: number): Promise<void> {
    const all = [...this.#sockets];
    await Promise.all(
      all.map(async (socket) => {
        const waitMs = Math.random() * Math.min(spreadMs, all.length * 5);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        socket.close(closeCodes.restart, "The service is restarting.");
      }),
    );
  }

  #forgetStranger(network: string, socket: Socket): void {
    const strangers = this.#strangers.get(network);
    strangers?.delete(socket);
    if (strangers?.size === 0) this.#strangers.delete(network);
  }

  #endSession({ subjectId }: Event): void {
    for (const socket of this.#sockets) {
      if (socket.data.actor?.sessionId === subjectId) this.#close(socket, "The session has ended.");
    }
  }

  /** Closes the sockets of sessions that a new password, role or status has ended; the client signs in again. */
  #endOutdated({ subjectId, data }: Event<EventType & `user.${string}`>): void {
    if (!("changes" in data)) return;
    const raised = data.changes.credentialGeneration;
    if (!raised) return;
    for (const socket of this.#sockets) {
      const actor = socket.data.actor;
      if (actor?.userId !== subjectId || actor.sessionId === data.keptSessionId) continue;
      if ((actor.credentialGeneration ?? 0) < Number(raised.after))
        this.#close(socket, "The account has changed.");
    }
  }

  #forget(room: Room): void {
    for (const socket of this.#sockets) this.#guarded(() => this.leave(socket, room));
  }

  #close(socket: Socket, reason: string): void {
    this.#guarded(() => socket.close(closeCodes.ended, reason));
  }

  #guarded(work: () => void, event?: LoggedEvent): void {
    try {
      work();
    } catch (error) {
      this.onFault(error, event);
    }
  }
}

/** An event as a room receives it, or null. */
export function roomFrame(event: LoggedEvent, room: Room): string | null {
  const live = liveEvent(event, room);
  if (!live) return null;
  const more = {
    room: roomName(room),
    id: event.id,
    cursor: encodeCursor(cursorOf(event)),
    time: event.time.toISOString(),
  };
  return encodeFrame(live.event, live.data, more);
}
