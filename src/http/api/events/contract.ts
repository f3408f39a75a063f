import { z } from "@hono/zod-openapi";
import { channels } from "../../../domain/reminders/reminder-rule.ts";
import { ok } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { Id, InstantOut, wholeNumber } from "../../kit/schemas.ts";
import { Booking } from "../bookings/contract.ts";

const ReminderTold = z.object({
  id: Id,
  bookingId: Id,
  channel: z.enum(channels),
  minutesBefore: z.int(),
  dueAt: InstantOut,
});

const Event = z
  .object({
    id: Id,
    event: z.string().openapi({ example: "booking.created" }),
    cursor: z.string(),
    time: InstantOut,
    data: z.object({
      booking: Booking,
      changes: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })).optional(),
      actorId: Id.nullable().optional(),
      reminder: ReminderTold.optional(),
      message: z
        .string()
        .optional()
        .openapi({ description: "Of `booking.reminder`: a sentence for a person." }),
    }),
  })
  .openapi("Event");

export const Events = z
  .object({
    data: z.array(Event),
    pagination: z.object({ limit: z.int(), hasMore: z.boolean(), nextCursor: z.string() }),
  })
  .openapi("Events");

export const listEvents = endpoint({
  method: "get",
  path: "/",
  operationId: "listEvents",
  summary: "Follow what happens to bookings",
  description:
    "Your own bookings, or all for an admin, in the order in which things happened. `nextCursor` is always there: send it as `after` next time, and nothing is missed or repeated.",
  tags: ["Events"],
  request: {
    query: z.strictObject({
      after: z
        .string()
        .max(300)
        .optional()
        .openapi({ description: "`nextCursor` of the answer before, or the `cursor` of an event." }),
      limit: wholeNumber(1, 100).default(20),
    }),
  },
  responses: ok(Events, "The next events, the oldest first."),
  refusals: ["cursor_expired"],
});
