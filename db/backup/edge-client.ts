import { BackupFault } from "./files.ts";

type Asked = { query?: Record<string, string>; body?: string; contentType?: string; timeLimitMs?: number };
export type Answer = { status: number; text: string; headers: Headers };

/** Every request may be sent again: what it does, it does once. */
const pausesMs = [250, 500, 1_000, 2_000, 4_000];
const timeLimitMs = 60_000;

/**
 * Asks an installation at the edge, with its platform key, for what only the operator may. Faults of the network and of
 * the platform are tried again for some seconds; what remains is a `BackupFault` that says what to do.
 */
export function edgeClient(url: string, platformKey: string) {
  const base = url.replace(/\/+$/, "");
  return async (method: string, path: string, asked: Asked = {}): Promise<Answer> => {
    for (const pauseMs of [...pausesMs, null]) {
      const answer = await send(base, platformKey, method, path, asked);
      if (!(answer instanceof Fault)) return answer;
      if (!answer.passes || pauseMs === null) throw new BackupFault(answer.message, { cause: answer.cause });
      await Bun.sleep(pauseMs);
    }
    throw new Error("There is no attempt after the last one.");
  };
}

class Fault extends Error {
  constructor(
    message: string,
    readonly passes: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

async function send(
  base: string,
  platformKey: string,
  method: string,
  path: string,
  { query = {}, body, contentType = "application/json", timeLimitMs: limitMs = timeLimitMs }: Asked,
): Promise<Answer | Fault> {
  const { host } = new URL(base);
  try {
    const answer = await fetch(`${base}${path}?${new URLSearchParams(query)}`, {
      method,
      // Never to another host: the key goes with it.
      redirect: "manual",
      headers: { Authorization: `Bearer ${platformKey}`, "Content-Type": contentType },
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const { ok, status, headers } = answer;
    return ok ? { status, text, headers } : faultOf(host, status, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new Fault(
      `${host} can't be reached (${why.replace(/\.$/, "")}). Correct DATABASE_URL, or try again.`,
      true,
      cause,
    );
  }
}

function faultOf(host: string, status: number, text: string): Fault {
  const detail = detailOf(text);
  switch (status) {
    case 401:
      return new Fault(
        `${host} refuses PLATFORM_KEY. Set it to the PLATFORM_KEY of that installation.`,
        false,
      );
    case 404:
      return new Fault(
        `${host} has no installation that can be backed up or restored (404). ${hintOf(detail)}`,
        false,
      );
    default:
      return new Fault(
        detail || `${host} answers ${status}. See its log, then try again.`,
        status === 429 || status >= 500,
      );
  }
}

/** What to do about a 404: there may be no such host, or an installation without a platform key. */
function hintOf(detail: string): string {
  if (detail.includes("PLATFORM_KEY")) return "Set PLATFORM_KEY where that installation runs, too.";
  return detail || "Set DATABASE_URL to the address of an installation at the edge.";
}

/** The sentence of a problem (RFC 9457); empty if the answer is not one. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail : "";
  } catch {
    return "";
  }
}
