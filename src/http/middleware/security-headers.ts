import type { MiddlewareHandler } from "hono";
import type { Env } from "../api.ts";

/** On every answer that does not bring its own: pages have a policy that lets in what they need. */
const defaults = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export const securityHeaders: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value);
  // A year, where the client's connection is encrypted: over plain HTTP it would mean nothing (RFC 6797, 7.2).
  if (c.env?.https) headers.set("Strict-Transport-Security", "max-age=31536000");
};
