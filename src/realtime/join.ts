import type { Actor } from "../domain/actor.ts";
import { encodeCursor } from "../domain/cursor.ts";
import { Refusal } from "../domain/refusal.ts";
import { type Room, roomName, topicOf } from "../domain/rooms.ts";
import { type CallerLimit, requireAllowed } from "../operations/caller-limits.ts";
import type { Context } from "../operations/context.ts";
import { authorizeRoom } from "../operations/events/authorize-room.ts";
import { cursorAt } from "../operations/events/cursor-at.ts";
import { replay } from "../operations/events/replay.ts";
import { startPosition } from "../operations/events/start-position.ts";
import type { LoggedEvent, LogPosition } from "../ports/store.ts";
import type { Socket } from "./connection.ts";
import { encodeFrame } from "./frames.ts";
import { roomFrame } from "./hub.ts";
import type { Tail } from "./tail.ts";
import type { Turns } from "./turns.ts";

const roomsAtMost = 100;
/** As many as HTTP lists at most for one point of the read limit. */
const pageSize = 100;

export type JoinNeeds = {
  context: Context;
  tail: Tail;
  /** Where replays wait for one another. */
  turns: Turns;
  /** The read limit of a caller, shared with HTTP. */
  readLimit(actor: Actor): CallerLimit;
  onFault(error: unknown, event: LoggedEvent): void;
};
type Request = { room: Room; after?: string | undefined; ref?: string | number | undefined };

/**
 * Joins a room. With `after`, everything since that cursor is sent first. The log is read up to the tail's position; if
 * the tail has not moved since, the socket subscribes in the same tick: it has received what is in the log up to there,
 * and what comes after is published to it. No gap, no repeat.
 */
export async function join(needs: JoinNeeds, socket: Socket, actor: Actor, request: Request): Promise<void> {
  const { context, tail } = needs;
  const { room, after, ref } = request;
  const { rooms } = socket.data;
  const name = roomName(room);
  if (!rooms.has(name) && rooms.size >= roomsAtMost) {
    throw new Refusal("rate_limited", `A socket joins at most ${roomsAtMost} rooms.`, {
      retryAfterSeconds: 0,
    });
  }
  const start = after === undefined ? null : await startPosition(context, actor.organizationId, after);
  if (start) await pay(needs, actor);
  // A refusal up to here does not affect a room that was joined before.
  const topic = topicOf(actor.organizationId, room);
  socket.unsubscribe(topic);
  // From here on the hub knows about it: if the room is taken away during the join, the socket is removed here too.
  rooms.set(name, room);
  try {
    await authorizeRoom(context, actor, room);
    // The cursor may come from an instance that was ahead of this one.
    if (start) await tail.catchUp();
    const position = start ?? tail.position();
    const cursor = after ?? encodeCursor(await cursorAt(context, actor.organizationId, position));
    socket.send(encodeFrame("joined-room", { room: name, cursor }, ref === undefined ? {} : { ref }));
    await sendMissed(needs, socket, actor, room, position);
  } catch (error) {
    if (rooms.get(name) === room) rooms.delete(name);
    throw error;
  }
  if (socket.readyState === WebSocket.OPEN && rooms.get(name) === room) socket.subscribe(topic);
}

/** Sends what happened in a room after a position, up to where the tail stands when it returns. */
async function sendMissed(
  needs: JoinNeeds,
  socket: Socket,
  actor: Actor,
  room: Room,
  after: LogPosition,
): Promise<void> {
  const { tail, turns } = needs;
  let sentTo = after;
  for (let pages = 1; ; pages++) {
    const upTo = tail.position();
    if (sentTo === upTo) return;
    if (pages > 1) await pay(needs, actor);
    // A socket that is closed by then, or slow, does not block anyone's turn.
    const page = await turns.take(actor.userId, () =>
      socket.readyState === WebSocket.OPEN
        ? readPage(needs, actor, room, { after: sentTo, upTo })
        : Promise.resolve([]),
    );
    for (const { text, position } of page) {
      if (text) await sendInTurn(socket, text);
      sentTo = position;
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    if (page.length < pageSize) {
      if (tail.position() === upTo) return;
      sentTo = upTo;
    }
  }
}

/** The next events as frames, each with its position; null for events that the room does not receive. */
async function readPage(
  needs: JoinNeeds,
  actor: Actor,
  room: Room,
  bounds: { after: LogPosition; upTo: LogPosition },
): Promise<{ text: string | null; position: LogPosition }[]> {
  const found = await replay(needs.context, actor.organizationId, room, bounds, pageSize);
  return found.map((event) => ({ text: frameOf(needs, event, room), position: event.position }));
}

/** A page of events costs the same as over HTTP. */
async function pay({ readLimit }: JoinNeeds, actor: Actor): Promise<void> {
  requireAllowed(await readLimit(actor).counter.take(actor.userId));
}

/** One event that can't be sent must not end every replay that reaches it. */
function frameOf({ onFault }: JoinNeeds, event: LoggedEvent, room: Room): string | null {
  try {
    return roomFrame(event, room);
  } catch (error) {
    onFault(error, event);
    return null;
  }
}

/** Sends, and waits while the socket is full: a replay may be longer than what a socket may have queued. */
async function sendInTurn(socket: Socket, text: string): Promise<void> {
  if (socket.send(text) !== -1) return;
  await new Promise<void>((resolve) => {
    socket.data.onDrain = resolve;
  });
}
