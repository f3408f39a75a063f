import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { JudgeOrigin } from "../../process/origins.ts";
import type { Env } from "../kit/env.ts";

/**
 * Lets pages of allowed origins call the API (Fetch, CORS protocol). Tokens travel in a header that the page sets
 * itself, so the API never asks for credentials that a browser would add by itself.
 */
export function crossOrigin(judge: JudgeOrigin): MiddlewareHandler<Env> {
  const [listed, foreign] = [protocol((origin) => origin), protocol(() => null)];
  return async (c, next) => {
    const standing = judge(c.req.raw.headers);
    if (standing === "listed") return listed(c, next);
    if (standing === "foreign") return foreign(c, next);
    await next();
    // Caches must not give this answer to a page of another origin.
    c.header("Vary", "Origin", { append: true });
  };
}

function protocol(origin: (origin: string) => string | null) {
  return cors({
    origin,
    allowMethods: ["GET", "POST", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-Match",
      "X-API-Key",
      "X-Request-Id",
    ],
    exposeHeaders: [
      "Allow",
      "Content-Disposition",
      "ETag",
      "Idempotency-Replayed",
      "Link",
      "Location",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
      "WWW-Authenticate",
      "X-Request-Id",
    ],
    credentials: false,
    maxAge: 600,
  });
}
