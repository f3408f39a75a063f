import type { SignedIn } from "../../operations/auth/issue-tokens.ts";
import { presentUser } from "../users/present.ts";

export function presentSignedIn({ user, accessToken, refreshToken, expiresIn }: SignedIn) {
  return { user: presentUser(user), accessToken, refreshToken, tokenType: "Bearer" as const, expiresIn };
}
