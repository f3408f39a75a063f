import type { Attempt, History, Operation, Wanted } from "./record.ts";
import { decidedAttempt, isDecided } from "./record.ts";

export type Sender = {
  history: History;
  /** The addresses of the API processes. A killed one keeps its address. */
  urls: string[];
  tokenOf(personId: string): string;
};

const patienceMs = 15_000;
const maxAttempts = 400;

/** Sends one request and records what came of it. */
async function attempt(sender: Sender, operation: Operation, server: number): Promise<Attempt> {
  const { method, path, body, key, ifMatch, actorId } = operation;
  const made: Attempt = {
    server: server % sender.urls.length,
    askedAt: Date.now(),
    answeredAt: null,
    status: null,
    etag: null,
    location: null,
    retryAfter: null,
    replayed: false,
    text: "",
  };
  operation.attempts.push(made);
  const init: RequestInit = {
    method,
    headers: {
      Authorization: `Bearer ${sender.tokenOf(actorId)}`,
      ...(body ? { "Content-Type": "application/json" } : {}),
      ...(key ? { "Idempotency-Key": key } : {}),
      ...(ifMatch === null ? {} : { "If-Match": `"${ifMatch}"` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(patienceMs),
  };
  try {
    const response = await fetch(`${sender.urls[made.server]}${path}`, init);
    const text = await response.text();
    const header = (name: string) => response.headers.get(name);
    Object.assign(made, {
      text,
      status: response.status,
      etag: header("ETag"),
      location: header("Location"),
    });
    made.retryAfter = header("Retry-After");
    made.replayed = header("Idempotency-Replayed") === "true";
    made.answeredAt = Date.now();
  } catch {
    // No answer: what became of it is for the log to show. The process may be about to come back.
    await Bun.sleep(50);
  }
  return made;
}

/** Sends it once. Whether it happened stays open when no answer comes. */
export async function once(sender: Sender, wanted: Wanted, server: number): Promise<Operation> {
  const operation = sender.history.begin(wanted);
  await attempt(sender, operation, server);
  return operation;
}

/** Sends it with its key to one process after the other until it is answered; `twins` go out at the same time. */
export async function untilAnswered(
  sender: Sender,
  wanted: Wanted,
  server: number,
  twins = 1,
): Promise<Operation> {
  const operation = sender.history.begin(wanted);
  await Promise.all(Array.from({ length: twins }, (_, twin) => attempt(sender, operation, server + twin)));
  for (let n = 1; !operation.attempts.some(isDecided) && n < maxAttempts; n++) {
    if (operation.attempts.at(-1)?.status === 503) await Bun.sleep(50);
    await attempt(sender, operation, server + n);
  }
  return operation;
}

/** The JSON of a success; null for everything else. */
// What it holds is checked against the log later.
// biome-ignore lint/suspicious/noExplicitAny: see above
export function resultOf(operation: Operation): any {
  const decided = decidedAttempt(operation);
  return decided?.text && Number(decided.status) < 300 ? JSON.parse(decided.text) : null;
}
