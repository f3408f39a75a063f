import { type Actor, isKey } from "../domain/actor.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Counter, Policy, Taken } from "../ports/limits.ts";
import type { Context } from "./context.ts";

type Kind = "read" | "write";

/** Requests in a minute, by what they do, for a person; a service acts for many, and has ten times as many. */
const points: Record<Kind, number> = { read: 1_200, write: 300 };
const timesForKeys = 10;

/** A caller's limit with its counter, which HTTP and sockets share: it is found by the policy's name. */
export type CallerLimit = { policy: Policy; counter: Counter };

/** Finds a caller's limits. `ownLimits` are counted in this process: no round trip for every request. */
export function callerLimits({
  ownLimits,
  limitScale,
}: Pick<Context, "ownLimits" | "limitScale">): (actor: Actor, kind: Kind) => CallerLimit {
  const limit = (name: string, most: number): CallerLimit => {
    const policy = { name, points: most * limitScale, seconds: 60 };
    return { policy, counter: ownLimits.counter(policy) };
  };
  const people = { read: limit("read", points.read), write: limit("write", points.write) };
  const keys = {
    read: limit("key-read", points.read * timesForKeys),
    write: limit("key-write", points.write * timesForKeys),
  };
  return (actor, kind) => (isKey(actor) ? keys : people)[kind];
}

/** Throws `rate_limited` when no point was left. */
export function requireAllowed({ allowed, resetMs }: Taken): void {
  if (allowed) return;
  const resetSeconds = Math.ceil(resetMs / 1000);
  throw new Refusal("rate_limited", `Too many requests. Try again in ${resetSeconds} s.`, {
    retryAfterSeconds: resetSeconds,
  });
}
