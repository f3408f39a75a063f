import { z } from "zod";
import type { Room } from "../domain/rooms.ts";

/** In characters. */
export const longestToken = 4_096;

const ref = z.union([z.string().max(100), z.number()]).optional();
const after = z.string().max(300).optional();
/** In either case on the way in (RFC 9562, 4): rooms are named in lower case. */
const id = z.uuid().toLowerCase();
const userRoom = z.object({ userId: id });
const resourceRoom = z.object({ resourceId: id });

/** What a client may send: `{event, data, ref?}`. Unknown members are ignored, for clients newer than this. */
export const clientFrames = [
  z.object({
    event: z.literal("authenticate"),
    data: z.object({ token: z.string().max(longestToken) }),
    ref,
  }),
  z.object({ event: z.literal("join-user-room"), data: userRoom.extend({ after }), ref }),
  z.object({ event: z.literal("join-resource-room"), data: resourceRoom.extend({ after }), ref }),
  z.object({ event: z.literal("leave-user-room"), data: userRoom, ref }),
  z.object({ event: z.literal("leave-resource-room"), data: resourceRoom, ref }),
  z.object({ event: z.literal("ping"), data: z.object({}).optional(), ref }),
] as const;

export const ClientFrame = z.discriminatedUnion("event", clientFrames);

export type ClientFrame = z.output<typeof ClientFrame>;

/** The room that a join or leave frame names. */
export function roomOf(data: { userId: string } | { resourceId: string }): Room {
  return "userId" in data ? { kind: "user", id: data.userId } : { kind: "resource", id: data.resourceId };
}

/** What the server sends. Room frames carry `room`, `id`, `cursor` and `time` besides `event` and `data`. */
export function encodeFrame(event: string, data: object, more: object = {}): string {
  return JSON.stringify({ event, data, ...more });
}
