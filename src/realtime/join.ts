import type { Actor } from "../domain/actor.ts";
import { encodeCursor } from "../domain/cursor.ts";
import { type Room, roomName } from "../domain/live.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Context } from "../operations/context.ts";
import { authorizeRoom } from "../operations/events/authorize-room.ts";
import { replay } from "../operations/events/replay.ts";
import { startPosition } from "../operations/events/start-position.ts";
import type { Socket } from "./connection.ts";
import { encodeFrame } from "./frames.ts";
import { roomFrame } from "./hub.ts";
import type { Tail } from "./tail.ts";

const roomsAtMost = 100;
const pageSize = 200;

type Needs = { context: Context; tail: Tail };
type Request = { room: Room; after?: string | undefined; ref?: string | undefined };

/**
 * Joins a room. With `after`, everything since that cursor is told first. The log is read up to where the tail
 * stands; when the tail has not moved since, the socket subscribes in the same tick: what is in the log up to there
 * has been told, and what comes after is published to it. No gap, no repeat.
 */
export async function join(
  needs: Needs,
  socket: Socket,
  actor: Actor,
  { room, after, ref }: Request,
): Promise<void> {
  const { context, tail } = needs;
  const { rooms } = socket.data;
  const name = roomName(room);
  if (!rooms.has(name) && rooms.size >= roomsAtMost) {
    throw new Refusal("rate_limited", `A socket joins at most ${roomsAtMost} rooms.`, {
      retryAfterSeconds: 0,
    });
  }
  await authorizeRoom(context, actor, room);
  const start = after === undefined ? null : await startPosition(context, after);
  // The cursor may come from an instance that was ahead of this one.
  if (start) await tail.catchUp();
  socket.unsubscribe(name);
  const cursor = after ?? encodeCursor({ position: tail.position(), time: context.clock.now() });
  socket.send(encodeFrame("joined-room", { room: name, cursor }, ref === undefined ? {} : { ref }));
  let told = start?.position ?? tail.position();
  for (;;) {
    const upTo = tail.position();
    if (told === upTo) break;
    const found = await replay(context, actor.organizationId, room, { after: told, upTo }, pageSize);
    for (const event of found) {
      const text = roomFrame(event, room);
      if (text) await sendInTurn(socket, text);
      told = event.position;
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    if (found.length < pageSize) {
      if (tail.position() === upTo) break;
      told = upTo;
    }
  }
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.subscribe(name);
  rooms.set(name, room);
}

/** Sends, and waits while the socket is full: a replay may be longer than what a socket may owe. */
async function sendInTurn(socket: Socket, text: string): Promise<void> {
  if (socket.send(text) !== -1) return;
  await new Promise<void>((resolve) => {
    socket.data.onDrain = resolve;
  });
}
