import type { Link, LinkPurpose } from "../domain/people/link.ts";
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
  /** The same link always gives the same token. */
  signLink(link: Link): Promise<string>;
  verifyLink(token: string, purpose: LinkPurpose, now: Date): Promise<{ linkId: string }>;
}
