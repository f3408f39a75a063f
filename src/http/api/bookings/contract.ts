import { z } from "@hono/zod-openapi";
import { bookingStatuses } from "../../../domain/bookings/status.ts";
import { body, created, noContent, ok, optionalBody, withLocation, withVersion } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { MetadataIn } from "../../kit/metadata.ts";
import { page, searchText } from "../../kit/page-contract.ts";
import { Email, Id, InstantIn, InstantOut, line, MetadataOut, name, text } from "../../kit/schemas.ts";
import { IfMatch } from "../../kit/version-headers.ts";
import { writtenOf, writtenWithout } from "../../kit/written.ts";
import { RuleOut, reminders } from "./reminder-contract.ts";

export const Booking = z
  .object({
    id: Id,
    title: z.string(),
    description: z.string().nullable(),
    location: z.string().nullable(),
    startTime: InstantOut,
    endTime: InstantOut,
    status: z.enum(bookingStatuses),
    resourceId: Id,
    ownerId: Id,
    quantity: z.int(),
    attendees: z.array(z.object({ email: z.string(), name: z.string().nullable() })),
    metadata: MetadataOut,
    reminders: z.array(RuleOut),
    version: z.int(),
    cancellationReason: z.string().nullable(),
    cancelledAt: InstantOut.nullable(),
    createdAt: InstantOut,
    updatedAt: InstantOut,
  })
  .openapi("Booking");

const attendees = z
  .array(z.strictObject({ email: Email, name: name(255).nullable().default(null) }))
  .max(100)
  .overwrite(onceEach)
  .openapi({
    description: "A person named twice is kept once, as first named.",
    example: [{ email: "grace@example.com", name: "Grace" }],
  });

/** Emails are in lower case by now. */
function onceEach<A extends { email: string }>(attendees: A[]): A[] {
  return [...Map.groupBy(attendees, ({ email }) => email).values()].map(([first]) => first as A);
}

const title = name(255).openapi({ example: "Design review" });
const quantity = z
  .int()
  .min(1)
  .max(10_000)
  .openapi({ description: "At most the resource's capacity.", example: 1 });
const description = text(0, 5_000).nullable();
const location = line(0, 500).nullable();

export const CreateBooking = z
  .strictObject({
    title,
    startTime: InstantIn,
    endTime: InstantIn,
    resourceId: Id.optional().openapi({ description: "Default: the owner's calendar." }),
    quantity: quantity.default(1),
    description: description.default(null),
    location: location.default(null),
    attendees: attendees.default([]),
    metadata: MetadataIn.default({}).openapi({ default: {} }),
    reminders: reminders
      .optional()
      .openapi({ description: "They go only to the owner. Default: the installation's defaults." }),
    ownerId: Id.optional().openapi({ description: "To book for someone else; for admins." }),
  })
  .openapi("CreateBooking", {
    example: {
      title: "Design review",
      startTime: "2027-03-01T10:00:00Z",
      endTime: "2027-03-01T12:00:00+01:00",
      location: "Room 1",
      attendees: [{ email: "grace@example.com", name: "Grace Hopper" }],
      metadata: { project: "apollo" },
    },
  });

export const ChangeBooking = z
  .strictObject({
    title,
    startTime: InstantIn,
    endTime: InstantIn,
    resourceId: Id,
    quantity,
    description,
    location,
    attendees,
    metadata: MetadataIn,
    reminders,
  })
  .partial()
  .openapi("ChangeBooking", { example: { title: "Design review, part two", location: "Room 2" } });

const statuses = z.enum(bookingStatuses);

const filters = {
  from: InstantIn.optional().openapi({ description: "Bookings that end after this instant." }),
  to: InstantIn.optional().openapi({ description: "Bookings that start before this instant." }),
  status: z
    .string()
    .max(200)
    .transform((list) => [...new Set(list.split(","))])
    .pipe(z.array(statuses))
    .optional()
    .openapi({
      type: "string",
      description: "One status, or several separated by commas.",
      example: "confirmed,cancelled",
    }),
  resourceId: Id.optional(),
  ownerId: Id.optional().openapi({ description: "For admins." }),
  q: searchText("the title", "bookings"),
  sort: z.enum(["startTime", "-startTime", "createdAt", "-createdAt"]).default("startTime"),
};

const tags: [string] = ["Bookings"];
const WrittenBooking = writtenOf(Booking, "WrittenBooking");
const versioned = withVersion("The booking's version.");

export const createBooking = endpoint({
  method: "post",
  path: "/",
  operationId: "createBooking",
  summary: "Book a resource, or your own calendar",
  description:
    "When the slot is taken, `conflicts` says when. It names the conflicting bookings only to those who may see them, and to no API key without `bookings:read`.",
  tags,
  idempotent: true,
  request: body(CreateBooking),
  responses: created(Booking, "Booked.", { ...versioned, ...withLocation }),
  refusals: ["slot_taken", "forbidden", "invalid_transition"],
});

export const listBookings = endpoint({
  method: "get",
  path: "/",
  operationId: "listBookings",
  summary: "List bookings: your own, or all for an admin",
  tags,
  ...page(Booking, "Bookings", "A page.", filters),
  refusals: ["forbidden"],
});

export const getBooking = endpoint({
  method: "get",
  path: "/{id}",
  operationId: "getBooking",
  summary: "Read a booking",
  tags,
  responses: ok(Booking, "The booking.", versioned),
});

export const changeBooking = endpoint({
  method: "patch",
  path: "/{id}",
  operationId: "changeBooking",
  summary: "Change or move a booking",
  description: `A move is atomic: if the new slot is taken, the booking keeps the old one. ${writtenWithout("bookings:read")}`,
  tags,
  request: {
    headers: IfMatch,
    ...body(ChangeBooking),
  },
  responses: ok(WrittenBooking, "The booking as it is now.", versioned),
  refusals: ["slot_taken", "invalid_transition", "version_mismatch"],
});

export const HistoryEntry = z
  .object({
    id: Id,
    type: z.string().openapi({ example: "booking.rescheduled" }),
    version: z.int(),
    actorId: Id.nullable(),
    time: InstantOut,
    changes: z
      .record(z.string(), z.object({ before: z.unknown(), after: z.unknown() }))
      .openapi({ description: "Each field that changed, before and after." }),
  })
  .openapi("HistoryEntry");

export const getBookingHistory = endpoint({
  method: "get",
  path: "/{id}/history",
  operationId: "getBookingHistory",
  summary: "Who changed a booking, what and when",
  tags,
  ...page(HistoryEntry, "History", "Its events, the oldest first."),
});

const CancelBooking = z
  .strictObject({ reason: text(0, 1_000).nullable().optional() })
  .openapi("CancelBooking", { example: { reason: "The speaker is ill" } });

export const cancelBooking = endpoint({
  method: "post",
  path: "/{id}/cancel",
  operationId: "cancelBooking",
  summary: "Cancel a booking, with a reason",
  description: writtenWithout("bookings:read"),
  tags,
  idempotent: true,
  request: {
    headers: IfMatch,
    ...optionalBody(CancelBooking),
  },
  responses: ok(WrittenBooking, "The booking, cancelled.", versioned),
  refusals: ["version_mismatch", "invalid_transition"],
});

export const deleteBooking = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "deleteBooking",
  summary: "Cancel a booking; nothing is erased",
  tags,
  request: { headers: IfMatch },
  responses: noContent("Cancelled."),
  refusals: ["version_mismatch"],
});
