import type { MiddlewareHandler } from "hono";
import type { Env } from "../api.ts";

/** Takes a well-formed `X-Request-Id` or makes one, and echoes it. */
export const requestId: MiddlewareHandler<Env> = async (c, next) => {
  const given = c.req.header("X-Request-Id");
  const id = given && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : Bun.randomUUIDv7();
  c.set("requestId", id);
  await next();
  c.res.headers.set("X-Request-Id", id);
};
