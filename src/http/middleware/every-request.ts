import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { Refusal } from "../../domain/refusal.ts";
import type { RefusalLog } from "../../ports/audit.ts";
import type { Log } from "../../ports/log.ts";
import type { Env } from "../kit/env.ts";
import { addressOf } from "./rate-limit.ts";
import { requestIdOf } from "./request-id.ts";
import { addSecurityHeaders } from "./security-headers.ts";

export type CountRequest = (method: string, route: string, status: number, durationMs: number) => void;

type Options = { requestLog: Log; refusalLog: RefusalLog; countRequest: CountRequest };

/**
 * Everything that every request needs, in one layer, because each layer of a chain costs every request: its id, the
 * headers of its answer, its line in the log and in the measurements, and for the audit who was refused what. No
 * header, body or query is in the log, so that no secret gets there.
 */
export function everyRequest({ requestLog, refusalLog, countRequest }: Options): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    const requestId = requestIdOf(c.req.header("X-Request-Id"));
    c.set("requestId", requestId);
    await next();
    const { res, error } = c;
    res.headers.set("X-Request-Id", requestId);
    addSecurityHeaders(res.headers, c.env ?? {});
    const { method } = c.req;
    const actor = c.get("actor");
    if (error instanceof Refusal) refusalLog.count(error, actor ?? null, addressOf(c));
    const [route, durationMs] = [routePath(c, -1), performance.now() - start];
    countRequest(method, route, res.status, durationMs);
    requestLog.info(
      {
        requestId,
        method,
        route,
        status: res.status,
        userId: actor?.userId,
        durationMs: Math.round(durationMs * 10) / 10,
      },
      "request",
    );
  };
}
