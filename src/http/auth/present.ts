import type { User } from "../../domain/user.ts";
import type { SignedIn } from "../../operations/auth/issue-tokens.ts";

/** A user as the API shows them: never the password's hash. */
export function presentUser(user: User) {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    status: user.status,
    calendarId: user.calendarId,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}

export function presentSignedIn({ user, accessToken, refreshToken, expiresIn }: SignedIn) {
  return { user: presentUser(user), accessToken, refreshToken, tokenType: "Bearer" as const, expiresIn };
}
