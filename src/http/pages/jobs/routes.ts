import { Hono } from "hono";
import type { Context } from "../../../operations/context.ts";
import { listFailed } from "../../../operations/jobs/list-failed.ts";
import type { JobMetrics } from "../../../operations/jobs/metrics.ts";
import type { Env } from "../../kit/env.ts";
import { pagePolicy } from "../page-policy.ts";
import { ledgerPage, style } from "./ledger-page.ts";
import { adminsOnly } from "./sign-in.ts";

/** A page that the broker provides; it handles everything under `/jobs/`. */
export type Board = (request: Request) => Response | Promise<Response>;

type Options = { numbers: () => Promise<JobMetrics>; board: Board | undefined; retryJobs: string };

/** `/jobs/`, for admins: the broker's board, or if it has none, a page of the ledger. */
export function jobPageRoutes(context: Context, { numbers, board, retryJobs }: Options) {
  const app = new Hono<Env>();
  app.get("/jobs", (c) => c.redirect("/jobs/", 308));
  app.use("/jobs/*", ...adminsOnly(context));
  if (board) {
    // Bull Board sets style attributes, and names `/jobs/` as the base of its paths.
    app.use(
      "/jobs/*",
      pagePolicy({
        style: "'self' 'unsafe-inline'",
        script: "'self'",
        image: "'self' data:",
        connect: "'self'",
        font: "'self' data:",
        base: "'self'",
      }),
    );
    app.all("/jobs/*", async (c) => {
      const answer = await board(c.req.raw);
      if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return answer;
      return c.html(withoutOutside(await answer.text()), answer.status as 200);
    });
    return app;
  }
  app.use("/jobs/*", pagePolicy({ style: "'self'", image: "data:" }));
  app.get("/jobs/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css" }));
  app.get("/jobs/", async (c) => {
    return c.html(ledgerPage(await numbers(), await listFailed(context, c.get("actor")), retryJobs));
  });
  return app;
}

/** Bull Board's page links a font from another host: everything here comes from this instance. */
function withoutOutside(page: string): string {
  return page.replace(/<link [^>]*href="https?:[^>]*>/g, "");
}
