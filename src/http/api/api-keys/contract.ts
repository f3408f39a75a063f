import { z } from "@hono/zod-openapi";
import { scopes } from "../../../domain/actor.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { collectionOf, pageQuery } from "../../kit/pagination.ts";
import { Id, IdPath, InstantIn, InstantOut, name } from "../../kit/schemas.ts";

const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    prefix: z.string().openapi({ description: "How the key begins: enough to recognize it." }),
    scopes: z.array(z.enum(scopes)),
    createdBy: Id.nullable(),
    expiresAt: InstantOut.nullable(),
    lastUsedAt: InstantOut.nullable().openapi({ description: "To the minute." }),
    revokedAt: InstantOut.nullable(),
    createdAt: InstantOut,
  })
  .openapi("ApiKey");

const CreateApiKey = z
  .strictObject({
    name: name(255),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .refine((list) => new Set(list).size === list.length, "Must be different from one another."),
    expiresAt: InstantIn.nullable().default(null).openapi({ description: "Null: until it is revoked." }),
  })
  .openapi("CreateApiKey", {
    example: { name: "Billing", scopes: ["bookings:read", "users:read"], expiresAt: "2030-01-01T00:00:00Z" },
  });

const tags: [string] = ["API keys"];

export const createApiKey = endpoint({
  method: "post",
  path: "/",
  operationId: "createApiKey",
  summary: "Create a key for another service",
  description:
    "`key` is shown this once. Send it as `Authorization: Bearer` or as `X-API-Key`. A key acts in the whole organization, within its scopes.",
  tags,
  request: { body: { required: true, content: { "application/json": { schema: CreateApiKey } } } },
  responses: {
    201: {
      description: "Made.",
      content: {
        "application/json": {
          schema: ApiKey.extend({
            key: z.string().openapi({ example: "bk_0199c6a05b7e7c319d546a1f0c2b3d4e_…" }),
          }).openapi("NewApiKey"),
        },
      },
    },
  },
});

export const listApiKeys = endpoint({
  method: "get",
  path: "/",
  operationId: "listApiKeys",
  summary: "List keys, including revoked ones",
  tags,
  request: { query: z.strictObject(pageQuery) },
  responses: {
    200: {
      description: "A page, the oldest first.",
      content: { "application/json": { schema: collectionOf(ApiKey).openapi("ApiKeys") } },
    },
  },
});

export const revokeApiKey = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "revokeApiKey",
  summary: "Revoke a key",
  description: "At once, on every instance. It stays in the list.",
  tags,
  request: { params: IdPath },
  responses: { 204: { description: "Revoked." } },
});
