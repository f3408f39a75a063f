import { cors } from "hono/cors";

/**
 * Lets pages of the configured origins call the API (Fetch, CORS protocol). Tokens travel in a header that the page sets
 * itself, so credentials that a browser would add by itself are never asked for.
 */
export function crossOrigin(origins: string[]) {
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
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
