/** A well-formed `X-Request-Id` as it came, else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}
