import { z } from "@hono/zod-openapi";
import { newPasswordFault, passwordFault } from "../../../domain/people/password.ts";
import { accepted, body, created, noContent, ok } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { Email, Id, InstantOut, name } from "../../kit/schemas.ts";
import { User } from "../users/contract.ts";

export const SignedIn = z
  .object({
    user: User,
    accessToken: z.string(),
    refreshToken: z.string(),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().openapi({ description: "Seconds until the access token expires.", example: 900 }),
  })
  .openapi("SignedIn");

/** At least 8 characters for a new one; at most 256 bytes. Both are counted in the form that is hashed. */
export const NewPassword = z
  .string()
  .superRefine(withoutFault(newPasswordFault))
  .openapi({ minLength: 8, example: "correct horse battery" });

const GivenPassword = z
  .string()
  .min(1)
  .superRefine(withoutFault(passwordFault))
  .openapi({ example: "correct horse battery" });

function withoutFault(faultOf: (password: string) => string | null) {
  return (password: string, context: z.RefinementCtx) => {
    const fault = faultOf(password);
    if (fault) context.addIssue(fault);
  };
}

const Register = z
  .strictObject({ email: Email, password: NewPassword, name: name(255).openapi({ example: "Ada Lovelace" }) })
  .openapi("Register", {
    example: { email: "ada@example.com", password: "correct horse battery", name: "Ada Lovelace" },
  });

const Login = z
  .strictObject({ email: Email, password: GivenPassword })
  .openapi("Login", { example: { email: "ada@example.com", password: "correct horse battery" } });

const RefreshToken = z
  .strictObject({ refreshToken: z.string().min(1).max(4_096) })
  .openapi("RefreshToken", { example: { refreshToken: "<the refreshToken of the last answer>" } });

const tags: [string] = ["Auth"];

export const register = endpoint({
  method: "post",
  path: "/register",
  operationId: "register",
  summary: "Create an account and sign in",
  description: "The role is always `user`. Closed with `REGISTRATION=closed`.",
  tags,
  request: body(Register),
  responses: created(SignedIn, "The account, signed in."),
  refusals: ["email_taken", "forbidden", "rate_limited"],
});

export const login = endpoint({
  method: "post",
  path: "/login",
  operationId: "login",
  summary: "Sign in",
  tags,
  request: body(Login),
  responses: ok(SignedIn, "Signed in."),
  refusals: ["invalid_credentials", "rate_limited"],
});

export const refresh = endpoint({
  method: "post",
  path: "/refresh",
  operationId: "refresh",
  summary: "Exchange a refresh token for a new pair",
  description:
    "The token works once. Sent again within 10 seconds, it returns the same new pair; sent later, it ends the whole session.",
  tags,
  request: body(RefreshToken),
  responses: ok(SignedIn, "A new pair."),
  refusals: ["unauthenticated", "token_expired", "token_reused", "rate_limited"],
});

export const logout = endpoint({
  method: "post",
  path: "/logout",
  operationId: "logout",
  summary: "End the session of a refresh token",
  tags,
  request: body(RefreshToken),
  responses: noContent("The session has ended, its access tokens with it."),
  refusals: ["unauthenticated", "token_expired", "rate_limited"],
});

const ChangeMe = z
  .strictObject({ name: name(255) })
  .partial()
  .openapi("ChangeMe", { example: { name: "Ada King" } });

export const changeMe = endpoint({
  method: "patch",
  path: "/me",
  operationId: "changeMe",
  summary: "Change your own name",
  tags,
  request: body(ChangeMe),
  responses: ok(User, "The user as they are now."),
});

export const eraseMe = endpoint({
  method: "delete",
  path: "/me",
  operationId: "eraseMe",
  summary: "Erase your own account",
  description: "The same as `DELETE /api/users/{id}` by an admin. It can't be undone.",
  tags,
  responses: noContent("Closed, and every session with it."),
  refusals: ["last_admin"],
});

const ChangePassword = z
  .strictObject({
    currentPassword: GivenPassword,
    newPassword: NewPassword.openapi({ example: "staple battery horse" }),
  })
  .openapi("ChangePassword", {
    example: { currentPassword: "correct horse battery", newPassword: "staple battery horse" },
  });

export const changePassword = endpoint({
  method: "post",
  path: "/password",
  operationId: "changePassword",
  summary: "Change your own password",
  description: "Every other session ends; this one continues.",
  tags,
  request: body(ChangePassword),
  responses: noContent("Changed."),
  refusals: ["invalid_credentials", "rate_limited"],
});

export const Session = z
  .object({
    id: Id,
    current: z.boolean().openapi({ description: "The session that made this request." }),
    createdAt: InstantOut,
    refreshedAt: InstantOut,
  })
  .openapi("Session");

const Sessions = z.object({ data: z.array(Session) }).openapi("Sessions");

export const listSessions = endpoint({
  method: "get",
  path: "/sessions",
  operationId: "listSessions",
  summary: "List your sessions",
  tags,
  responses: ok(Sessions, "The open sessions, the latest first."),
});

export const endSession = endpoint({
  method: "delete",
  path: "/sessions/{id}",
  operationId: "endSession",
  summary: "End one of your own sessions",
  tags,
  responses: noContent("Ended, its access tokens with it."),
});

export const endOtherSessions = endpoint({
  method: "delete",
  path: "/sessions",
  operationId: "endOtherSessions",
  summary: "End all your own sessions except this one",
  tags,
  responses: noContent("Ended."),
});

const linkToken = z
  .string()
  .min(1)
  .max(4_096)
  .openapi({ description: "The part after the `#` of the link in the mail." });

const VerifyEmail = z
  .strictObject({ token: linkToken })
  .openapi("VerifyEmail", { example: { token: "<the token of the link>" } });

export const verifyEmail = endpoint({
  method: "post",
  path: "/verify-email",
  operationId: "verifyEmail",
  summary: "Verify an address with the mailed link",
  description: "The link works once, for two days.",
  tags,
  request: body(VerifyEmail),
  responses: noContent("Verified."),
  refusals: ["rate_limited"],
});

export const requestVerification = endpoint({
  method: "post",
  path: "/verify-email/resend",
  operationId: "requestVerification",
  summary: "Mail the link that verifies your own address again",
  description: "Nothing is sent within a minute of the last mail, or if the address is already verified.",
  tags,
  responses: accepted("It will be sent."),
  refusals: ["forbidden", "rate_limited"],
});

const ForgotPassword = z
  .strictObject({ email: Email })
  .openapi("ForgotPassword", { example: { email: "ada@example.com" } });

export const forgotPassword = endpoint({
  method: "post",
  path: "/forgot-password",
  operationId: "forgotPassword",
  summary: "Mail a link for a new password",
  description: "The answer is the same whether the account exists or not.",
  tags,
  request: body(ForgotPassword),
  responses: accepted("If the account exists, the mail is on its way."),
  refusals: ["forbidden", "rate_limited"],
});

const ResetPassword = z
  .strictObject({ token: linkToken, newPassword: NewPassword })
  .openapi("ResetPassword", {
    example: { token: "<the token of the link>", newPassword: "staple battery horse" },
  });

export const resetPassword = endpoint({
  method: "post",
  path: "/reset-password",
  operationId: "resetPassword",
  summary: "Choose a new password with the mailed link",
  description: "The link works once, for an hour. Every session ends.",
  tags,
  request: body(ResetPassword),
  responses: noContent("Changed."),
  refusals: ["rate_limited"],
});

export const me = endpoint({
  method: "get",
  path: "/me",
  operationId: "getMe",
  summary: "Get the signed-in user",
  tags,
  responses: ok(User, "The signed-in user."),
});
