import type { MiddlewareHandler } from "hono";
import { callerLimits as limitsOf } from "../../operations/caller-limits.ts";
import type { Context } from "../../operations/context.ts";
import type { Env } from "../kit/env.ts";
import { takeOrRefuse } from "./rate-limit.ts";

/** Bounds what one caller may ask of this process. */
export function callerLimits(context: Context): MiddlewareHandler<Env> {
  const limitOf = limitsOf(context);
  return async (c, next) => {
    const actor = c.get("actor");
    const { policy, counter } = limitOf(actor, c.req.method === "GET" ? "read" : "write");
    await takeOrRefuse(c, counter, policy, actor.userId);
    return next();
  };
}
