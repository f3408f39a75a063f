import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import type { RefusalLog } from "../../ports/audit.ts";
import type { Env } from "../api.ts";
import { byIp } from "./rate-limit.ts";

/** For the audit: who was refused what, in numbers. */
export function countRefusals(refusalLog: RefusalLog): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (c.error instanceof Refusal) refusalLog.count(c.error, c.get("actor") ?? null, byIp(c));
  };
}
