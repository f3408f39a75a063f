import { mergeChanges } from "../../domain/change.ts";
import { badLink, refuseLink, spendLinks, verifyEmail as verified } from "../../domain/people/link.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/** Uses the link of a mail: it proves that its user reads mail to the address. */
export async function verifyEmail(context: Context, token: string): Promise<void> {
  const { store, clock, tokens } = context;
  const { linkId } = await tokens.verifyLink(token, "verify_email", clock.now()).catch(() => {
    throw badLink();
  });
  await settle<object>(store, {
    decide: async () => {
      const found = await store.links.withUser(linkId);
      const refusal = refuseLink(found?.link ?? null, "verify_email", clock.now());
      if (!found || refusal) return refusal ?? badLink();
      const by = byOf(context, { userId: found.user.id });
      return { change: mergeChanges(spendLinks([found.link], by.now), verified(by, found.user)) };
    },
  });
}
