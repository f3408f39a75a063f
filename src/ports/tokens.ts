import type { Mail, MailPurpose } from "../domain/deliveries/mail.ts";
import type { Session } from "../domain/people/session.ts";
import type { User } from "../domain/people/user.ts";

export type AccessClaims = { userId: string; sessionId: string; expiresAt: Date };
export type RefreshClaims = { sessionId: string; generation: number };

/** Signs and verifies tokens. Every verification throws a `Refusal` for an invalid token. */
export interface Tokens {
  readonly accessSeconds: number;
  readonly refreshSeconds: number;
  signAccess(user: User, session: Session, now: Date): Promise<string>;
  verifyAccess(token: string, now: Date): Promise<AccessClaims>;
  /** The same session and generation always give the same token. */
  signRefresh(session: Session): Promise<string>;
  verifyRefresh(token: string, now: Date): Promise<RefreshClaims>;
  /** The token in a mail's link: the same mail always gives the same token. */
  signLink(mail: Mail): Promise<string>;
  verifyLink(token: string, purpose: MailPurpose, now: Date): Promise<{ mailId: string }>;
}
