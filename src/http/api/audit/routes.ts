import { accepts } from "hono/accepts";
import { list } from "../../../operations/audit/list.ts";
import type { Context } from "../../../operations/context.ts";
import { createApi } from "../../kit/endpoint.ts";
import { readPage } from "../../kit/pagination.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";
import { csv } from "./csv.ts";

const presentEntry = present(contract.AuditEntry);
const columns = contract.AuditEntry.keyof().options;

export function auditRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.listAudit, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "-time",
      (filter, page) => list(context, c.get("actor"), filter, page),
      presentEntry,
    );
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
