import { nobody } from "../../domain/actor.ts";
import { type LinkPurpose, planLink } from "../../domain/people/link.ts";
import type { User } from "../../domain/people/user.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Makes the worker send a mail with a link, unless one of the kind has just been requested. */
export async function requestMail(context: Context, user: User, purpose: LinkPurpose): Promise<void> {
  const { store } = context;
  await settle<object>(store, {
    decide: async () => {
      const unused = await store.links.unusedOf(user.id);
      return { change: planLink(byOf(context, nobody), user, { purpose, unused })?.change ?? null };
    },
  });
}
