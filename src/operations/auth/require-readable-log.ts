import { Refusal } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";

/** Longer than any hiccup; well above the polls of the readers. */
const longestDeafMs = 5_000;

/**
 * Throws `unavailable` when this process has not been able to read the event log for 5 s: it pushes nothing, and can't
 * notice revocations. Another instance may be able to.
 */
export function requireReadableLog({ logAgeMs }: Pick<Context, "logAgeMs">): void {
  if (!isLogReadable({ logAgeMs })) {
    throw new Refusal("unavailable", "This instance can't read the event log. Try again shortly.", {
      retryAfterSeconds: 2,
    });
  }
}

export function isLogReadable({ logAgeMs }: Pick<Context, "logAgeMs">): boolean {
  return logAgeMs() <= longestDeafMs;
}
