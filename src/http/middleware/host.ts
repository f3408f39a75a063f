import type { MiddlewareHandler } from "hono";
import { invalidParameter } from "../../domain/refusal.ts";
import type { Env } from "../kit/env.ts";

/** `uri-host [":" port]` (RFC 9110, 7.2). Two headers come as one with ", " between, which is neither. */
const form = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::([0-9]{0,5}))?$/;

/** Whether a request names its host at most once, and in a form that a host can have. HTTP/1.0 needs none. */
export function hasGoodHost(headers: Headers): boolean {
  const host = headers.get("Host");
  if (host === null) return true;
  const match = form.exec(host);
  return match !== null && Number(match[1] ?? "") <= 65_535;
}

/** RFC 9112, 3.2: a malformed or a second Host is 400. */
export const oneHost: MiddlewareHandler<Env> = (c, next) => {
  if (hasGoodHost(c.req.raw.headers)) return next();
  throw invalidParameter("Host", "Must be one host, with or without a port, like booking.example.com.");
};
