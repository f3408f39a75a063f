import type { Actor } from "../../domain/actor.ts";
import { revokeApiKey } from "../../domain/people/api-key.ts";
import { authorize } from "../../domain/permissions.ts";
import { notFound } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Revokes a key for good. Each request reads the key again, so this takes effect at once, everywhere. */
export async function revoke(context: Context, actor: Actor, id: string): Promise<void> {
  authorize(actor, "revokeApiKey");
  const { store } = context;
  await settle<object>(store, {
    by: actor,
    decide: async () => {
      const apiKey = await store.apiKeys.byId(id);
      if (apiKey?.organizationId !== actor.organizationId) return notFound();
      return revokeApiKey(byOf(context, actor), apiKey);
    },
  });
}
