/** For every answer that does not set its own: pages have a policy that allows what they need. */
const defaults = Object.entries({
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
});

export function addSecurityHeaders(
  headers: Headers,
  { https = false }: { https?: boolean | undefined },
): void {
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value);
  // A year, if the client's connection is encrypted: over plain HTTP it would mean nothing (RFC 6797, 7.2).
  if (https) headers.set("Strict-Transport-Security", "max-age=31536000");
}
