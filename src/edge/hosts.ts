const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const name = new RegExp(`^(?:${label})(?:\\.(?:${label}))*$`);
const ipv6 = /^\[[0-9a-f:.]+\]$/;

/** `booking.example.com`, `[::1]`, or everything under a suffix: `*.example.com`. In lower case, without a port. */
export function isHostPattern(text: string): boolean {
  return isHostName(text.startsWith("*.") ? text.slice(2) : text) && !text.startsWith("*.[");
}

export function isHostName(text: string): boolean {
  if (text.length > 253 || !(name.test(text) || ipv6.test(text))) return false;
  // Some labels look like names and are none: `xn--a`.
  return URL.parse(`https://${text}`)?.hostname === text;
}

/**
 * How a host name is known: `exact` names are served, those `under` a suffix only once they are registered, and
 * `unknown` ones never.
 */
export function knownAs(host: string, patterns: string[]): "exact" | "under" | "unknown" {
  // A pattern is no name: strangers may send it as one.
  if (!isHostName(host)) return "unknown";
  if (patterns.includes(host)) return "exact";
  const isUnder = patterns.some((pattern) => pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
  return isUnder ? "under" : "unknown";
}

/** What a machine calls itself. */
export const localHosts = ["localhost", "127.0.0.1", "[::1]"];

/** The name of a host's object. A machine's own names share one: they mean the same place, and no other host has them. */
export function servedAs(host: string): string {
  return localHosts.includes(host) ? "localhost" : host;
}
