import type { Actor } from "../../domain/actor.ts";
import { type ApiKey, createApiKey } from "../../domain/people/api-key.ts";
import { authorize } from "../../domain/permissions.ts";
import { invalidField } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

type CreateApiKey = Pick<ApiKey, "name" | "scopes" | "expiresAt">;

/** Creates a key; `key` is shown only this once. */
export async function create(
  context: Context,
  actor: Actor,
  input: CreateApiKey,
): Promise<{ apiKey: ApiKey; key: string }> {
  authorize(actor, "createApiKey");
  const { store, newId, keys } = context;
  const id = newId();
  const { key, hash } = keys.make(id);
  const { apiKey } = await settle<{ apiKey: ApiKey }>(store, {
    by: actor,
    decide: async () => {
      const by = byOf(context, actor);
      if (input.expiresAt && input.expiresAt <= by.now)
        return invalidField("/expiresAt", "Must be in the future.");
      return createApiKey(by, { ...input, id, secretHash: hash });
    },
  });
  return { apiKey, key };
}
