import { z } from "@hono/zod-openapi";
import { channels } from "../../../domain/reminders/reminder-rule.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { page } from "../../kit/page-contract.ts";
import { Id, InstantOut } from "../../kit/schemas.ts";

const ReminderRule = z.strictObject({
  minutesBefore: z.int().min(0).max(40_320).openapi({ description: "0 to 40,320: four weeks.", example: 10 }),
  channel: z.enum(channels),
});

export const RuleOut = z.object({ minutesBefore: z.int(), channel: z.enum(channels) });

export const reminders = z
  .array(ReminderRule)
  .max(10)
  .refine((rules) => new Set(rules.map((r) => `${r.minutesBefore} ${r.channel}`)).size === rules.length, {
    message: "Each must be different: the same time on the same channel is one reminder.",
  })
  .openapi({ example: [{ minutesBefore: 10, channel: "websocket" }] });

export const Reminder = z
  .object({
    id: Id,
    channel: z.enum(channels),
    minutesBefore: z.int(),
    dueAt: InstantOut,
    status: z.enum(["scheduled", "sending", "sent", "skipped", "voided", "failed"]),
    reason: z.string().nullable().openapi({
      description: "Why it was skipped or voided, or why the last attempt failed.",
      example: "The booking moved.",
    }),
    bookingVersion: z.int().openapi({ description: "The version of the booking that planned it." }),
    attempts: z.int(),
    nextAttemptAt: InstantOut.nullable(),
    sentAt: InstantOut.nullable(),
  })
  .openapi("Reminder");

export const getBookingReminders = endpoint({
  method: "get",
  path: "/{id}/reminders",
  operationId: "getBookingReminders",
  summary: "The reminders of a booking, planned and past",
  description:
    "A new start time voids those that wait and plans new ones. Other rules void and plan only what they change. A cancel voids all that wait.",
  tags: ["Bookings"],
  ...page(Reminder, "Reminders", "Its reminders, in the order of their times."),
});
