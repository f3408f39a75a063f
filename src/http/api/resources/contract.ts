import { z } from "@hono/zod-openapi";
import { timeZoneNamed } from "../../../domain/scheduling/time-zone.ts";
import { body, created, noContent, ok, withLocation, withVersion } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { MetadataIn } from "../../kit/metadata.ts";
import { page, searchText } from "../../kit/page-contract.ts";
import { Id, InstantIn, InstantOut, MetadataOut, name, text } from "../../kit/schemas.ts";
import { IfMatch } from "../../kit/version-headers.ts";
import { writtenOf, writtenWithout } from "../../kit/written.ts";

export const Resource = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string().nullable(),
    timezone: z.string(),
    capacity: z.int(),
    kind: z.enum(["resource", "calendar"]),
    ownerId: Id.nullable(),
    metadata: MetadataOut,
    version: z.int(),
    createdAt: InstantOut,
    updatedAt: InstantOut,
  })
  .openapi("Resource");

const fields = {
  name: name(255).openapi({ example: "Room 1" }),
  description: text(0, 5_000).nullable(),
  timezone: z
    .string()
    .max(64)
    .refine((name) => timeZoneNamed(name) !== null, "Must be an IANA time zone, like Europe/Berlin.")
    .overwrite((name) => timeZoneNamed(name) ?? name)
    .openapi({ example: "Europe/Berlin" }),
  capacity: z
    .int()
    .min(1)
    .max(10_000)
    .openapi({ description: "How much can be booked at the same instant.", example: 1 }),
  metadata: MetadataIn,
};

const CreateResource = z
  .strictObject({
    name: fields.name,
    description: fields.description.default(null),
    timezone: fields.timezone.default("UTC"),
    capacity: fields.capacity.default(1),
    metadata: fields.metadata.default({}).openapi({ default: {} }),
  })
  .openapi("CreateResource", {
    example: { name: "Room 1", timezone: "Europe/Berlin", capacity: 4, metadata: { floor: 2 } },
  });

const ChangeResource = z
  .strictObject(fields)
  .partial()
  .openapi("ChangeResource", { example: { name: "Room 1, with a view" } });

const filters = {
  q: searchText("the name", "resources"),
  kind: z.enum(["resource", "calendar"]).optional(),
};

const tags: [string] = ["Resources"];

export const createResource = endpoint({
  method: "post",
  path: "/",
  operationId: "createResource",
  summary: "Add a resource",
  tags,
  idempotent: true,
  request: body(CreateResource),
  responses: created(Resource, "Added.", { ...withVersion(), ...withLocation }),
});

export const listResources = endpoint({
  method: "get",
  path: "/",
  operationId: "listResources",
  summary: "List resources, and the calendars you may see",
  tags,
  ...page(Resource, "Resources", "A page, the oldest first.", filters),
});

export const getResource = endpoint({
  method: "get",
  path: "/{id}",
  operationId: "getResource",
  summary: "Read a resource",
  tags,
  responses: ok(Resource, "The resource.", withVersion()),
});

export const Busy = z
  .object({ data: z.array(z.object({ startTime: InstantOut, endTime: InstantOut, quantity: z.int() })) })
  .openapi("Busy");

export const getBusy = endpoint({
  method: "get",
  path: "/{id}/busy",
  operationId: "getBusy",
  summary: "When a resource is taken, and by how much",
  description: "At most 31 days at once; nothing about who booked. A calendar's is for its owner and admins.",
  tags,
  request: {
    query: z.strictObject({
      from: InstantIn.openapi({ example: "2027-03-01T00:00:00Z" }),
      to: InstantIn.openapi({ example: "2027-03-08T00:00:00Z" }),
    }),
  },
  responses: ok(Busy, "The intervals, the earliest first."),
});

export const changeResource = endpoint({
  method: "patch",
  path: "/{id}",
  operationId: "changeResource",
  summary: "Change a resource",
  description: `For admins; a calendar's owner can change its time zone, and nothing else of a calendar can be changed. Capacity can't go below what is already booked. ${writtenWithout("resources:read")}`,
  tags,
  request: {
    headers: IfMatch,
    ...body(ChangeResource),
  },
  responses: ok(writtenOf(Resource, "WrittenResource"), "The resource as it is now.", withVersion()),
  refusals: ["forbidden", "resource_in_use", "version_mismatch"],
});

export const deleteResource = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "deleteResource",
  summary: "Delete a resource",
  description: "Refused while the resource has upcoming bookings. Its history stays.",
  tags,
  request: { headers: IfMatch },
  responses: noContent("Out of use."),
  refusals: ["resource_in_use", "version_mismatch"],
});
