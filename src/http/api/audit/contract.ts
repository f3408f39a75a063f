import { z } from "@hono/zod-openapi";
import { endpoint } from "../../kit/endpoint.ts";
import { page } from "../../kit/page-contract.ts";
import { Id, InstantIn, InstantOut, text } from "../../kit/schemas.ts";

export const AuditEntry = z
  .object({
    id: Id,
    time: InstantOut,
    type: z.string().openapi({ example: "user.updated", description: "`request.refused` for refusals." }),
    actorId: Id.nullable().openapi({
      description: "The user or the API key; null for the system and for strangers.",
    }),
    subjectType: z.string().nullable(),
    subjectId: Id.nullable(),
    data: z.record(z.string(), z.unknown()).openapi({
      description:
        "What changed, before and after; for refusals, the code, how often within a minute, and from where.",
    }),
  })
  .openapi("AuditEntry");

const { request, responses } = page(AuditEntry, "Audit", "A page.", {
  type: text(1, 100).optional(),
  actorId: Id.optional(),
  subjectId: Id.optional(),
  from: InstantIn.optional(),
  to: InstantIn.optional(),
});
const content = { ...responses[200].content, "text/csv": { schema: z.string() } };

export const listAudit = endpoint({
  method: "get",
  path: "/",
  operationId: "listAudit",
  summary: "Who changed what, who signed in, and what was refused",
  description:
    "The latest first. With `Accept: text/csv` a page is a table, and `Link` leads to the next one. Nothing in it can be changed or deleted.",
  tags: ["Audit"],
  request,
  responses: { 200: { ...responses[200], content } },
});
