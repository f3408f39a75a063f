import type { MiddlewareHandler } from "hono";
import { isAdmin } from "../../domain/actor.ts";
import { forbidden, Refusal } from "../../domain/refusal.ts";
import { authenticate } from "../../operations/auth/authenticate.ts";
import type { Context } from "../../operations/context.ts";
import type { Access, Env } from "../api.ts";

/** Lets through whom the operation's declaration admits, and tells the handler who it is. */
export function guard(context: Context, access: Access): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (access === "public") return next();
    const { actor, user } = await authenticate(context, bearerToken(c.req.header("Authorization")));
    c.set("actor", actor);
    c.set("user", user);
    if (access === "admin" && !isAdmin(actor)) throw forbidden("Only admins may do this.");
    return next();
  };
}

/** RFC 6750. */
function bearerToken(header: string | undefined): string {
  const token = header?.match(/^Bearer +(\S+)$/i)?.[1];
  if (token) return token;
  throw new Refusal("unauthenticated", "Send an access token: `Authorization: Bearer <accessToken>`.", {});
}
