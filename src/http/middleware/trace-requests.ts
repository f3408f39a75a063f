import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Tracer } from "../../ports/tracer.ts";
import type { Env } from "../kit/env.ts";

/** A span for each request, in the trace that the caller began, if any. No address, header or query is in it. */
export function traceRequests(tracer: Tracer): MiddlewareHandler<Env> {
  return (c, next) => {
    const { method } = c.req;
    const attributes = { "http.request.method": method };
    return tracer.span(
      method,
      { kind: "server", attributes, parent: c.req.header("traceparent") },
      async (span) => {
        await next();
        const route = routePath(c, -1);
        span.rename(`${method} ${route}`);
        span.set({
          "http.route": route,
          "http.response.status_code": c.res.status,
          "booking.request_id": c.get("requestId"),
        });
      },
    );
  };
}
