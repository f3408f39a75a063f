import type { Actor } from "../domain/actor.ts";
import { unusableResource } from "../domain/bookings/booking.ts";
import { type Change, isEmpty, mergeChanges } from "../domain/change.ts";
import { erasedUser } from "../domain/people/user.ts";
import type { Receipt } from "../domain/receipt.ts";
import { endedSession, invalidField, Refusal } from "../domain/refusal.ts";
import type { CommitOutcome, Store } from "../ports/store.ts";

const maxAttempts = 20;
/** After this many, it pauses before each one: two processes in step could otherwise be stale in turns. */
const attemptsAtOnce = 3;
const maxPauseMs = 20;

/** Makes the receipt of a request from its result; absent when the request carried no `Idempotency-Key`. */
export type KeepReceipt<T> = ((result: T) => Receipt) | undefined;

export type Contest<T> = {
  /** Whether others have just wanted the slot: then it is checked before the commit is tried. */
  isLikely(decided: T): Promise<boolean>;
  /** Runs the commit, while others who want the same slot wait for it. */
  claim(decided: T, commit: () => Promise<CommitOutcome>): Promise<CommitOutcome>;
  /** Explains a taken slot; null when it turns out to be free, and then the commit is tried. */
  explain(decided: T): Promise<Refusal | null>;
};

type Settling<T> = {
  /** The caller, if their role decides: what they may do must still be true at the commit. */
  by?: Actor;
  /** Loads and decides; called again when another change of the same thing came first. */
  decide: () => Promise<({ change: Change | null } & T) | Refusal>;
  receipt?: KeepReceipt<T>;
  /** Where a slot is claimed. */
  slot?: Contest<T>;
};

/** Runs one command to its end: load, decide, commit; and again while others are faster. */
export async function settle<T>(store: Store, { by, decide, receipt, slot }: Settling<T>): Promise<T> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (attempt > attemptsAtOnce) await shortPause();
    const decided = await decide();
    if (decided instanceof Refusal) throw decided;
    const kept: Change | null = receipt ? { insert: { receipts: [receipt(decided)] } } : null;
    const change = mergeChanges(decided.change, kept, standingOf(by));
    if (isEmpty(change)) return decided;
    const known = (await slot?.isLikely(decided)) ? await slot?.explain(decided) : null;
    if (known) throw known;
    const commit = () => store.commit(change);
    const outcome = await (slot ? slot.claim(decided, commit) : commit());
    if (outcome === "committed") return decided;
    if (outcome === "stale") continue;
    if (outcome === "credentials_changed") {
      if (by && !(await isUnchanged(store, by))) throw endedSession();
      continue;
    }
    if (outcome !== "slot_taken" || !slot) throw refusalOf(outcome);
    const refusal = await slot.explain(decided);
    if (refusal) throw refusal;
  }
  throw new Refusal("unavailable", "Too many changes of the same thing at once. Try again shortly.", {
    retryAfterSeconds: 1,
  });
}

function shortPause(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.random() * maxPauseMs));
}

function standingOf(by: Actor | undefined): Change | null {
  if (by?.credentialGeneration === undefined) return null;
  const { userId, credentialGeneration } = by;
  return { requires: [{ userId, credentialGeneration }] };
}

async function isUnchanged(store: Store, by: Actor): Promise<boolean> {
  const user = await store.users.byId(by.organizationId, by.userId);
  return user?.credentialGeneration === by.credentialGeneration;
}

function refusalOf(outcome: Exclude<CommitOutcome, "committed" | "stale" | "credentials_changed">): Refusal {
  switch (outcome) {
    case "slot_taken":
      return new Refusal("slot_taken", "The slot is taken.", { conflicts: [], alternatives: [] });
    case "resource_gone":
      return unusableResource();
    case "resource_in_use":
      return new Refusal(
        "resource_in_use",
        "Upcoming bookings need this resource as it is. Move or cancel them first.",
        {},
      );
    case "email_taken":
      return new Refusal("email_taken", "An account with this email already exists.", {});
    case "last_admin":
      return new Refusal(
        "last_admin",
        "This is the last active admin. Make someone else an admin first.",
        {},
      );
    case "user_erased":
      return erasedUser();
    case "owner_erased":
      return new Refusal(
        "invalid_transition",
        "The account of the booking's owner is closed. Cancel the booking without a reason, or book for an active user.",
        {},
      );
    case "attendee_erased":
      return invalidField(
        "/attendees",
        "The account of one of the attendees has just been closed. Leave that person out.",
      );
    case "receipt_exists":
      return new Refusal(
        "idempotency_key_reused",
        "Another request with this Idempotency-Key came first. Use a new key, or repeat that request for its answer.",
        {},
      );
  }
}
