import { z } from "@hono/zod-openapi";
import { scopes } from "../../../domain/actor.ts";
import { body, created, noContent } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { page } from "../../kit/page-contract.ts";
import { Id, InstantIn, InstantOut, name } from "../../kit/schemas.ts";

export const ApiKey = z
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

export const NewApiKey = ApiKey.extend({
  key: z.string().openapi({ example: "bk_0199c6a05b7e7c319d546a1f0c2b3d4e_…" }),
}).openapi("NewApiKey");

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
  request: body(CreateApiKey),
  responses: created(NewApiKey, "Created."),
});

export const listApiKeys = endpoint({
  method: "get",
  path: "/",
  operationId: "listApiKeys",
  summary: "List keys, including revoked ones",
  tags,
  ...page(ApiKey, "ApiKeys", "A page, the oldest first."),
});

export const revokeApiKey = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "revokeApiKey",
  summary: "Revoke a key",
  description: "At once, on every instance. It stays in the list.",
  tags,
  responses: noContent("Revoked."),
});
