import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../../domain/refusal.ts";
import type { Env } from "../api.ts";

type Limit = {
  name: string;
  points: number;
  seconds: number;
  /** Whom it counts; null where it does not apply. */
  key(c: HonoContext<Env>): string | null | Promise<string | null>;
};

/** Counts requests in the process and refuses those over the limit; announces itself in `RateLimit` headers. */
export function rateLimit({ name, points, seconds, key }: Limit): MiddlewareHandler<Env> {
  const limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  return async (c, next) => {
    const counted = await key(c);
    if (counted === null) return next();
    const result = await limiter.consume(counted).catch((rejected) => {
      if (rejected instanceof RateLimiterRes) return rejected;
      throw rejected;
    });
    const resetSeconds = Math.ceil(result.msBeforeNext / 1000);
    c.header("RateLimit-Policy", `"${name}";q=${points};w=${seconds}`);
    c.header("RateLimit", `"${name}";r=${result.remainingPoints};t=${resetSeconds}`);
    if (result.consumedPoints > points) {
      throw new Refusal("rate_limited", `Too many requests. Try again in ${resetSeconds} s.`, {
        retryAfterSeconds: resetSeconds,
      });
    }
    return next();
  };
}

export function byIp(c: HonoContext<Env>): string {
  return c.env?.ip ?? "unknown";
}

/** The address and the account together: guessing one password from many places is limited by address alone. */
export async function byIpAndEmail(c: HonoContext<Env>): Promise<string | null> {
  const body: unknown = await c.req.json().catch(() => null);
  const email = body && typeof body === "object" && "email" in body ? body.email : null;
  return typeof email === "string" ? `${byIp(c)} ${email.trim().toLowerCase().slice(0, 254)}` : null;
}
