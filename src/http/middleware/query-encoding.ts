import type { MiddlewareHandler } from "hono";
import { invalidParameter } from "../../domain/refusal.ts";
import type { Env } from "../kit/env.ts";

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

/** Refuses a query whose escapes are not UTF-8: they would be read as U+FFFD, and mean something else. */
export const utf8Query: MiddlewareHandler<Env> = (c, next) => {
  const { url } = c.req;
  const at = url.indexOf("?");
  if (at < 0 || !url.includes("%", at) || url.slice(at).match(escapes)?.every(isUtf8) !== false)
    return next();
  const name = [...new URL(url).searchParams].find(([, value]) => value.includes("\ufffd"))?.[0] ?? "query";
  throw invalidParameter(name, "Must be UTF-8, percent-encoded.");
};

function isUtf8(escaped: string): boolean {
  try {
    decodeURIComponent(escaped);
    return true;
  } catch {
    return false;
  }
}
