import { z } from "@hono/zod-openapi";
import { timeZoneNamed } from "../../../domain/scheduling/time-zone.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { MetadataIn } from "../../kit/metadata.ts";
import { collectionOf, pageQuery, searchText } from "../../kit/pagination.ts";
import { Id, IdPath, InstantIn, InstantOut, MetadataOut, name, text } from "../../kit/schemas.ts";
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

const ListResources = z.strictObject({
  ...pageQuery,
  q: searchText("the name", "resources"),
  kind: z.enum(["resource", "calendar"]).optional(),
});

const tags: [string] = ["Resources"];
const resource = { "application/json": { schema: Resource } };
const versionHeader = {
  ETag: { schema: { type: "string" as const }, description: "The version.", example: '"1"' },
};

export const createResource = endpoint({
  method: "post",
  path: "/",
  operationId: "createResource",
  summary: "Add a resource",
  tags,
  idempotent: true,
  request: { body: { required: true, content: { "application/json": { schema: CreateResource } } } },
  responses: {
    201: {
      description: "Added.",
      content: resource,
      headers: {
        ...versionHeader,
        Location: { schema: { type: "string" as const }, description: "Its path." },
      },
    },
  },
});

export const listResources = endpoint({
  method: "get",
  path: "/",
  operationId: "listResources",
  summary: "List resources, and the calendars you may see",
  tags,
  request: { query: ListResources },
  responses: {
    200: {
      description: "A page, the oldest first.",
      content: { "application/json": { schema: collectionOf(Resource).openapi("Resources") } },
    },
  },
});

export const getResource = endpoint({
  method: "get",
  path: "/{id}",
  operationId: "getResource",
  summary: "Read a resource",
  tags,
  request: { params: IdPath },
  responses: { 200: { description: "The resource.", content: resource, headers: versionHeader } },
});

const Busy = z
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
    params: IdPath,
    query: z.strictObject({
      from: InstantIn.openapi({ example: "2027-03-01T00:00:00Z" }),
      to: InstantIn.openapi({ example: "2027-03-08T00:00:00Z" }),
    }),
  },
  responses: {
    200: {
      description: "The intervals, the earliest first.",
      content: { "application/json": { schema: Busy } },
    },
  },
});

export const changeResource = endpoint({
  method: "patch",
  path: "/{id}",
  operationId: "changeResource",
  summary: "Change a resource",
  description: `For admins; a calendar's owner can change its time zone, and nothing else of a calendar can be changed. Capacity can't go below what is already booked. ${writtenWithout("resources:read")}`,
  tags,
  request: {
    params: IdPath,
    headers: IfMatch,
    body: { required: true, content: { "application/json": { schema: ChangeResource } } },
  },
  responses: {
    200: {
      description: "The resource as it is now.",
      content: { "application/json": { schema: writtenOf(Resource, "WrittenResource") } },
      headers: versionHeader,
    },
  },
  refusals: ["forbidden", "resource_in_use", "version_mismatch"],
});

export const deleteResource = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "deleteResource",
  summary: "Delete a resource",
  description: "Refused while the resource has upcoming bookings. Its history stays.",
  tags,
  request: { params: IdPath, headers: IfMatch },
  responses: { 204: { description: "Out of use." } },
  refusals: ["resource_in_use", "version_mismatch"],
});
