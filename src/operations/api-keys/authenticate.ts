import type { Actor } from "../../domain/actor.ts";
import { actorOf, isUsable, lastUsedWithinMs, recordFirstUse } from "../../domain/people/api-key.ts";
import { Refusal } from "../../domain/refusal.ts";
import { requireReadableLog } from "../auth/require-readable-log.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Whom a key acts for, now. Its use is recorded after the answer. */
export async function authenticate(context: Context, key: string): Promise<Actor> {
  const { store, clock, keys, later } = context;
  const parts = keys.read(key);
  const apiKey = parts && (await store.apiKeys.byId(parts.id));
  const now = clock.now();
  if (!apiKey || !keys.matches(parts.secret, apiKey.secretHash) || !isUsable(apiKey, now)) {
    throw new Refusal("unauthenticated", "The API key is unknown, has expired, or was revoked.", {});
  }
  requireReadableLog(context);
  const { lastUsedAt } = apiKey;
  if (!lastUsedAt) later(() => noteFirstUse(context, apiKey.id, now));
  else if (now.getTime() - lastUsedAt.getTime() > lastUsedWithinMs) {
    later(() => store.apiKeys.touch(apiKey.id, now));
  }
  return actorOf(apiKey);
}

/** Of several simultaneous first requests, one counts as the first; a revocation in between removes nothing. */
async function noteFirstUse({ store, newId }: Context, id: string, at: Date): Promise<void> {
  await settle<object>(store, {
    decide: async () => {
      const apiKey = await store.apiKeys.byId(id);
      const by = { actor: { userId: id }, now: at, newId };
      return { change: apiKey && !apiKey.lastUsedAt ? recordFirstUse(by, apiKey) : null };
    },
  });
}
