import type { Actor } from "../../domain/actor.ts";
import { revokeApiKey } from "../../domain/api-key.ts";
import { notFound } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Ends a key for good; each request reads the key anew, so it is over at once, everywhere. */
export async function revoke({ store, clock, newId }: Context, actor: Actor, id: string): Promise<void> {
  await settle<object>(store, {
    by: actor,
    decide: async () => {
      const apiKey = await store.apiKeys.byId(id);
      if (apiKey?.organizationId !== actor.organizationId) return notFound();
      return revokeApiKey(actor, apiKey, newId(), clock.now());
    },
  });
}
