import type { Actor } from "../../../domain/actor.ts";
import type { Session } from "../../../domain/people/session.ts";
import type { SignedIn } from "../../../operations/auth/issue-tokens.ts";
import { present } from "../../kit/present.ts";
import { withProof } from "../users/present.ts";
import * as contract from "./contract.ts";

const showSignedIn = present(contract.SignedIn);
const showSession = present(contract.Session);

export function presentSignedIn(signedIn: SignedIn) {
  return showSignedIn({ ...signedIn, user: withProof(signedIn.user), tokenType: "Bearer" });
}

export function presentSession(session: Session, actor: Actor) {
  return showSession({ ...session, current: session.id === actor.sessionId, refreshedAt: session.rotatedAt });
}
