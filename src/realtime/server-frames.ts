import { z } from "zod";

const room = z.string().meta({ description: "`user:<id>` or `resource:<id>`." });
const ref = z
  .union([z.string(), z.number()])
  .optional()
  .meta({ description: "The `ref` of the frame that this answers." });
const instant = z.iso.datetime();
const cursor = z.string().meta({ description: "Join with it as `after` to continue from here." });
const change = z.object({ before: z.unknown(), after: z.unknown() });
const news = z.object({
  booking: z.looseObject({ id: z.uuid(), title: z.string(), status: z.string(), version: z.int() }).meta({
    description: "The booking after the event, as `GET /api/bookings/{id}` shows it.",
  }),
  changes: z.record(z.string(), change).optional(),
  actorId: z.uuid().nullable(),
});
const interval = z.object({ startTime: instant, endTime: instant });

const answer = <N extends string, D extends z.ZodType>(event: N, data: D) =>
  z.object({ event: z.literal(event), data, ref });
const roomEvent = <N extends string, D extends z.ZodType>(event: N, data: D) =>
  z.object({ event: z.literal(event), data, room, id: z.uuid(), cursor, time: instant });

/** What the server may send. Clients ignore unknown event types; more will be added. */
export const serverFrames = [
  answer(
    "connected",
    z.object({
      connectionId: z.uuid(),
      authenticated: z.boolean().meta({
        description:
          "Whether a valid token came with the upgrade. If so, `authenticated` follows; if the token is invalid, `error` follows.",
      }),
      heartbeatSeconds: z.int(),
    }),
  ),
  answer("authenticated", z.object({ userId: z.uuid(), expiresAt: instant })),
  answer("joined-room", z.object({ room, cursor })),
  answer("left-room", z.object({ room })),
  answer("pong", z.object({ time: instant })),
  answer("error", z.object({ code: z.string(), detail: z.string(), event: z.unknown() })),
  roomEvent("booking.created", news),
  roomEvent("booking.updated", news),
  roomEvent("booking.rescheduled", news),
  roomEvent("booking.cancelled", news),
  roomEvent("booking.redacted", news),
  roomEvent(
    "booking.reminder",
    news.omit({ changes: true, actorId: true }).extend({
      reminder: z.object({
        id: z.uuid(),
        bookingId: z.uuid(),
        channel: z.string(),
        minutesBefore: z.int(),
        dueAt: instant,
      }),
      message: z.string().meta({ description: "A sentence for a person." }),
    }),
  ),
  roomEvent("availability.changed", z.object({ resourceId: z.uuid(), intervals: z.array(interval) })),
] as const;
