/** What a request's `Origin` means: `none` and `same` need nothing, `listed` pages may call, `foreign` ones may not. */
export type Standing = "none" | "same" | "listed" | "foreign";

/** Judges the headers of a request or of an upgrade. */
export type JudgeOrigin = (headers: Headers) => Standing;

type Options = {
  /** Exact origins, like `https://app.example.com`. */
  listed: string[];
  /** Outside production, pages on localhost count as listed. */
  production: boolean;
  log: { warn(fields: object, message: string): void };
  nowMs?: () => number;
};

const logEveryMs = 60_000;
/** In characters. Anyone can send an Origin, of any length. */
const longestLogged = 200;

/**
 * Decides which pages may call the API and open sockets. A refusal is logged with the name of the setting that would
 * allow it, because the page only sees a failed request.
 */
export function judgeOrigins({
  listed,
  production,
  log,
  nowMs = () => performance.now(),
}: Options): JudgeOrigin {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (headers) => {
    const origin = headers.get("Origin");
    if (origin === null) return "none";
    if (listed.includes(origin)) return "listed";
    const url = webOrigin(origin);
    if (url && isSameHost(url, headers.get("Host"))) return "same";
    if (url && !production && isLocal(url.hostname)) return "listed";
    if (nowMs() - loggedAt >= logEveryMs) {
      loggedAt = nowMs();
      const fields = { origin: origin.slice(0, longestLogged), setting: "CORS_ORIGINS" };
      log.warn(fields, "a page of this origin may not call the API");
    }
    return "foreign";
  };
}

/** An origin as browsers send it, or null: for `null`, for other schemes, and for URLs that are more than an origin. */
function webOrigin(origin: string): URL | null {
  const url = URL.parse(origin);
  return url?.origin === origin && /^https?:$/.test(url.protocol) ? url : null;
}

/**
 * Compares with `Host` as it appears in a URL. Behind a proxy that ends TLS the scheme is unknown, so it doesn't count.
 */
function isSameHost({ protocol, host }: URL, named: string | null): boolean {
  return named === host || (!!named && URL.parse(`${protocol}//${named}`)?.host === host);
}

function isLocal(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
}
