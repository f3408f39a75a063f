import { nobody } from "../../domain/actor.ts";
import { type MailPurpose, planMail } from "../../domain/deliveries/mail.ts";
import type { User } from "../../domain/people/user.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Makes the worker send a mail with a link, unless one of the kind has just been requested. */
export async function requestMail(context: Context, user: User, purpose: MailPurpose): Promise<void> {
  const { store } = context;
  await settle<object>(store, {
    decide: async () => {
      const unused = await store.mails.unusedOf(user.id);
      return { change: planMail(byOf(context, nobody), user, { purpose, unused })?.change ?? null };
    },
  });
}
