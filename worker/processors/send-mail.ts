import { asSent } from "../../src/domain/deliveries/delivery.ts";
import type { Mail, MailPurpose } from "../../src/domain/deliveries/mail.ts";
import type { User } from "../../src/domain/people/user.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Mailer, OutgoingMail } from "../../src/ports/mailer.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Tokens } from "../../src/ports/tokens.ts";
import type { Processor } from "../processor.ts";

/** Writes the mail with a link that carries a token. */
export type ComposeAccountMail = (mail: Mail, user: User, token: string) => OutgoingMail;

type Needs = {
  store: Store;
  clock: Clock;
  tokens: Tokens;
  mail: { mailer: Mailer; composeAccountMail: ComposeAccountMail } | undefined;
};

/** Why a link became pointless before it was sent. */
const done: Record<MailPurpose, (user: User) => boolean> = {
  verify_email: (user) => user.emailVerifiedAt !== null,
  reset_password: () => false,
};

/** Sends a mail about an account. Its token is made here, so that neither a row nor a queue contains it. */
export function sendMail({ store, clock, tokens, mail: sending }: Needs): Processor<Mail> {
  const ledger = store.ledgers.mails;
  return {
    name: "mails",
    ledger,
    deliver: async (claimed) => {
      if (!sending) return { skipped: "No mail server is configured here." };
      const found = await store.mails.withUser(claimed.id);
      if (!found) return;
      const { mail, user } = found;
      const pointless = mail.usedAt || mail.expiresAt <= clock.now() || done[mail.purpose](user);
      if (pointless || user.status !== "active") return { skipped: "It is not needed any more." };
      const token = await tokens.signLink(mail);
      await sending.mailer.send(sending.composeAccountMail(mail, user, token));
      await ledger.conclude(asSent(claimed, clock.now()));
      return;
    },
  };
}
