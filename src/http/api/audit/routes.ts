import { accepts } from "hono/accepts";
import { list } from "../../../operations/audit/list.ts";
import type { Context } from "../../../operations/context.ts";
import type { AuditEntry } from "../../../ports/audit.ts";
import { createApi } from "../../kit/endpoint.ts";
import { pageRequest, presentPage } from "../../kit/pagination.ts";
import * as contract from "./contract.ts";
import { csv } from "./csv.ts";

const columns = ["id", "time", "type", "actorId", "subjectType", "subjectId", "data"] as const;

export function auditRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.listAudit, async (c) => {
    const { limit, cursor, page, ...filter } = c.req.valid("query");
    const request = pageRequest({ limit, cursor, page }, "-time");
    const found = await list(context, c.get("actor"), filter, request);
    const answer = presentPage(found, request, (entry) => entry.time, present);
    c.header("Vary", "Accept", { append: true });
    const supports = ["application/json", "text/csv"];
    const type = accepts(c, { header: "Accept", supports, default: "application/json" });
    if (type === "application/json") return c.json(answer, 200);
    const { nextCursor } = answer.pagination;
    if (nextCursor) {
      const query = new URLSearchParams(c.req.query());
      query.set("cursor", nextCursor);
      c.header("Link", `<${c.req.path}?${query}>; rel="next"`);
    }
    const rows = answer.data.map((entry) => columns.map((column) => entry[column]));
    return c.body(csv([[...columns], ...rows]), 200, { "Content-Type": "text/csv; charset=utf-8" }) as never;
  });

  return app;
}

function present({ id, time, type, actorId, subjectType, subjectId, data }: AuditEntry) {
  return { id, time: time.toISOString(), type, actorId, subjectType, subjectId, data };
}
