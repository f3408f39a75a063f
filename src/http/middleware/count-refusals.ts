import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import { auditedRefusals } from "../../operations/audit/refusal-log.ts";
import type { RefusalLog } from "../../ports/audit.ts";
import type { Env } from "../api.ts";
import { byIp } from "./rate-limit.ts";

/** For the audit: who was refused what, in numbers. */
export function countRefusals(refusalLog: RefusalLog): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (!(c.error instanceof Refusal) || !auditedRefusals.has(c.error.code)) return;
    const actor = c.get("actor");
    refusalLog.count({
      organizationId: actor?.organizationId ?? null,
      actorId: actor?.userId ?? null,
      ip: byIp(c),
      code: c.error.code,
    });
  };
}
