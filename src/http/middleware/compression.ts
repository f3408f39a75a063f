import type { MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import type { Env } from "../kit/env.ts";

/**
 * Compresses long answers without secrets: collections, documents and the assets of pages. Answers with tokens, keys or
 * passwords are never compressed, because the length of a compressed secret reveals something about it (BREACH). Single
 * objects are short and have a strong ETag.
 */
const worthIt =
  /^\/api\/(bookings?|resources|events|users|audit|openapi\.json|asyncapi\.json|swagger-ui[a-z.-]*)$/;

const squeeze = compress({ threshold: 1_024 });

export const compression: MiddlewareHandler<Env> = (c, next) =>
  c.req.method === "GET" && worthIt.test(c.req.path) ? squeeze(c, next) : next();

/** Where the runtime, or what is in front of it, compresses every answer by itself: it must leave the others as they are (RFC 9111, 5.2.2.6). */
export const compressionByRuntime: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  if (c.req.method === "GET" && worthIt.test(c.req.path)) return;
  c.res.headers.append("Cache-Control", "no-transform");
};
