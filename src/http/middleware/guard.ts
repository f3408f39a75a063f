import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../domain/actor.ts";
import { type Actor, isAdmin } from "../../domain/actor.ts";
import { forbidden, Refusal } from "../../domain/refusal.ts";
import { authenticate as authenticateKey } from "../../operations/api-keys/authenticate.ts";
import { authenticate } from "../../operations/auth/authenticate.ts";
import type { Context } from "../../operations/context.ts";
import type { Access, Env } from "../kit/env.ts";

/** Admits the callers that the operation's declaration allows, and passes the caller to the handler. */
export function guard(context: Context, access: Access, scope?: Scope): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (access === "public") return next();
    const credential = credentialOf(c.req.header("X-API-Key"), c.req.header("Authorization"));
    if (credential.startsWith("bk_")) {
      c.set("actor", keyFor(scope, await authenticateKey(context, credential)));
      return next();
    }
    const { actor, user } = await authenticate(context, credential);
    c.set("actor", actor);
    c.set("user", user);
    if (access === "admin" && !isAdmin(actor)) throw forbidden("Only admins may do this.");
    return next();
  };
}

function keyFor(scope: Scope | undefined, actor: Actor): Actor {
  if (!scope) throw forbidden("This is for people, not for API keys.");
  if (actor.scopes?.includes(scope)) return actor;
  throw forbidden(`The API key needs the scope ${scope}.`);
}

/** The key, else the bearer token (RFC 6750). An empty key is none: some clients always send the header. */
function credentialOf(key: string | undefined, authorization: string | undefined): string {
  const found = key || authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (found) return found;
  if (key === "")
    throw new Refusal("unauthenticated", "X-API-Key is empty. Send a key, or leave it out.", {});
  throw new Refusal("unauthenticated", "Send an access token: `Authorization: Bearer <accessToken>`.", {});
}
