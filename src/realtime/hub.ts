import { encodeCursor } from "../domain/cursor.ts";
import type { Changes, Event } from "../domain/event.ts";
import { liveEvent, type Room, roomName, roomsOf } from "../domain/live.ts";
import type { Clock } from "../ports/clock.ts";
import type { LoggedEvent } from "../ports/store.ts";
import { closeCodes, type Socket } from "./connection.ts";
import { encodeFrame } from "./frames.ts";

/** What the server does with topics: a text goes to everyone who subscribed. */
export type Topics = { isHeard(topic: string): boolean; publish(topic: string, text: string): void };

/** The open sockets of this instance: what they are told, and when they are let go. */
export class Hub {
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly clock: Clock,
    private readonly topics: Topics,
  ) {}

  add(socket: Socket): void {
    this.#sockets.add(socket);
  }

  remove(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  get size(): number {
    return this.#sockets.size;
  }

  countOf(userId: string): number {
    return [...this.#sockets].filter((socket) => socket.data.actor?.userId === userId).length;
  }

  /** Tells an event in its rooms, and acts on those that end a session or change what a user may. */
  handle(event: LoggedEvent): void {
    for (const room of roomsOf(event)) {
      if (!this.topics.isHeard(roomName(room))) continue;
      const text = roomFrame(event, room);
      if (text) this.topics.publish(roomName(room), text);
    }
    if (event.type === "session.ended") this.#endSession(event);
    if (event.subjectType === "user") this.#endOutdated(event);
    if (event.type === "resource.deleted") this.#forget({ kind: "resource", id: event.subjectId });
  }

  /** Closes sockets whose token has run out. Called every second or so. */
  sweep(): void {
    const now = this.clock.now().getTime();
    for (const socket of this.#sockets) {
      if (socket.data.expiresAt <= now) socket.close(closeCodes.ended, "The token has expired.");
    }
  }

  /** Tells every socket to come back elsewhere, spread over `spreadMs` so that they don't all come at once. */
  async drain(spreadMs: number): Promise<void> {
    const all = [...this.#sockets];
    await Promise.all(
      all.map(async (socket) => {
        await Bun.sleep(Math.random() * Math.min(spreadMs, all.length * 5));
        socket.close(closeCodes.restart, "The service restarts.");
      }),
    );
  }

  #endSession({ subjectId }: Event): void {
    for (const socket of this.#sockets) {
      if (socket.data.actor?.sessionId === subjectId)
        socket.close(closeCodes.ended, "The session has ended.");
    }
  }

  /** Closes the sockets of sessions that a new password, role or status has ended; the client signs in again. */
  #endOutdated({ subjectId, data }: Event): void {
    const raised = (data.changes as Changes | undefined)?.credentialGeneration;
    if (!raised) return;
    for (const socket of this.#sockets) {
      const actor = socket.data.actor;
      if (actor?.userId !== subjectId || actor.sessionId === data.keptSessionId) continue;
      if ((actor.credentialGeneration ?? 0) < Number(raised.after)) {
        socket.close(closeCodes.ended, "The account has changed.");
      }
    }
  }

  #forget(room: Room): void {
    for (const socket of this.#sockets) {
      if (!socket.data.rooms.delete(roomName(room))) continue;
      socket.unsubscribe(roomName(room));
      socket.send(encodeFrame("left-room", { room: roomName(room) }));
    }
  }
}

/** An event as a room hears it, or null. */
export function roomFrame(event: LoggedEvent, room: Room): string | null {
  const told = liveEvent(event, room);
  if (!told) return null;
  const more = {
    room: roomName(room),
    id: event.id,
    cursor: encodeCursor(event),
    time: event.time.toISOString(),
  };
  return encodeFrame(told.event, told.data, more);
}
