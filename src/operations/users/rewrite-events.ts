import type { Event } from "../../domain/event.ts";
import type { Erasure } from "../../ports/erasure.ts";

type About = { organizationId: string; subjectId: string };
type Redact = (event: Event) => Event["data"];

/** An attempt fails only when another erasure has rewritten one of the events meanwhile. */
const maxAttempts = 20;

/** Replaces what all events about a subject say, some at a time. What happened, when and in which order stays. */
export async function rewriteEvents(
  erasure: Erasure,
  { organizationId, subjectId }: About,
  redact: Redact,
): Promise<void> {
  let attempts = 0;
  for (let last: Event | undefined; ; ) {
    const found = await erasure.eventsAbout(organizationId, subjectId, last);
    if (found.length === 0) return;
    const isDone = await rewriteSome(erasure, found, redact);
    if (!isDone && ++attempts === maxAttempts)
      throw new Error("Others rewrite the same events all the time.");
    if (!isDone) continue;
    last = found.at(-1);
    attempts = 0;
  }
}

/**
 * Rewrites the events that differ; a person's log may be long, and most of it redacted by an earlier attempt. False if
 * another erasure intervened: then its result is read again.
 */
async function rewriteSome(erasure: Erasure, found: Event[], redact: Redact): Promise<boolean> {
  const changed = found
    .map((event) => ({ id: event.id, was: event.data, data: redact(event) }))
    .filter(({ was, data }) => JSON.stringify(data) !== JSON.stringify(was));
  return changed.length === 0 || (await erasure.rewriteEvents(changed)) === changed.length;
}
