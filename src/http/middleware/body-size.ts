import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { Env } from "../kit/env.ts";

const largestBytes = 256 * 1024;

const measured = bodyLimit({
  maxSize: largestBytes,
  onError: () => {
    throw new HTTPException(413);
  },
});

/**
 * Refuses a body that is too large, before anything reads it. A body that declares its length can't be longer (RFC
 * 9112, 6.3); only the others are measured as they arrive. Hono looks at the body even then, which makes the server turn
 * it into a stream. Nothing reads the body of a GET.
 */
export const bodySize: MiddlewareHandler<Env> = (c, next) => {
  const { headers } = c.req.raw;
  const length = headers.get("Content-Length");
  if (length === null || headers.has("Transfer-Encoding"))
    return c.req.method === "GET" ? next() : measured(c, next);
  if (Number(length) > largestBytes) throw new HTTPException(413);
  return next();
};
