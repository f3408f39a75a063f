import type { Link } from "../src/domain/people/link.ts";
import type { User } from "../src/domain/people/user.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { Log } from "../src/ports/log.ts";
import type { Mailer, OutgoingMail } from "../src/ports/mailer.ts";
import type { Notifiers } from "../src/ports/notifier.ts";
import type { Store } from "../src/ports/store.ts";
import type { Tokens } from "../src/ports/tokens.ts";

/** Writes the mail with a link that carries a token. */
export type ComposeAccountMail = (link: Link, user: User, token: string) => OutgoingMail;

/** What processors and periodic work need. */
export type WorkerNeeds = {
  store: Store;
  clock: Clock;
  /** A new UUIDv7. */
  newId(): string;
  log: Log;
  tokens: Tokens;
  notifiers: Notifiers;
  mail: { mailer: Mailer; composeAccountMail: ComposeAccountMail } | undefined;
};
