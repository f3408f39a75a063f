import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import { notFound } from "../../domain/refusal.ts";
import type { Store } from "../../ports/store.ts";

/** Someone of the actor's organization. */
export async function colleague(store: Store, actor: Actor, id: string): Promise<User> {
  const user = await store.users.byId(actor.organizationId, id);
  if (!user) throw notFound();
  return user;
}
