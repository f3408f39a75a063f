import { accountMailKind, type LinkPurpose } from "../../src/domain/people/link.ts";
import type { User } from "../../src/domain/people/user.ts";
import { asDone } from "../../src/domain/tasks/task.ts";
import type { Processor } from "../processor.ts";
import type { WorkerNeeds } from "../worker-needs.ts";

/** Why a link became pointless before it was sent. */
const done: Record<LinkPurpose, (user: User) => boolean> = {
  verify_email: (user) => user.emailVerifiedAt !== null,
  reset_password: () => false,
};

/** Sends a mail about an account. Its token is made here, so that neither a row nor a queue contains it. */
export function sendAccountMail({ store, clock, tokens, mail: sending }: WorkerNeeds): Processor {
  return {
    kind: accountMailKind,
    run: async (task) => {
      if (!sending) return { skipped: "No mail server is configured here." };
      const found = await store.links.withUser(task.subjectId);
      if (!found) return { skipped: "Its link does not exist any more." };
      const { link, user } = found;
      const pointless = link.usedAt || link.expiresAt <= clock.now() || done[link.purpose](user);
      if (pointless || user.status !== "active") return { skipped: "It is not needed any more." };
      const token = await tokens.signLink(link);
      await sending.mailer.send(sending.composeAccountMail(link, user, token));
      await store.tasks.conclude(asDone(task, clock.now()));
      return;
    },
  };
}
