import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Logger } from "pino";
import type { Env } from "../api.ts";

/** One line a request; no header, body or query, so that no secret gets into the log. */
export function requestLog(log: Logger): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    await next();
    log.info(
      {
        requestId: c.get("requestId"),
        method: c.req.method,
        route: routePath(c, -1),
        status: c.res.status,
        userId: c.get("actor")?.userId,
        durationMs: Math.round((performance.now() - start) * 10) / 10,
      },
      "request",
    );
  };
}
