import type { MiddlewareHandler } from "hono";
import { authorize, type Operation, permissionOf } from "../../domain/permissions.ts";
import { Refusal } from "../../domain/refusal.ts";
import { authenticate as authenticateKey } from "../../operations/api-keys/authenticate.ts";
import { authenticate } from "../../operations/auth/authenticate.ts";
import type { Context } from "../../operations/context.ts";
import type { Env } from "../kit/env.ts";

/** Admits the callers whom the list of permissions allows, and passes the caller to the handler. */
export function guard(context: Context, operation: Operation): MiddlewareHandler<Env> {
  const { access } = permissionOf(operation);
  return async (c, next) => {
    if (access === "public") return next();
    const key = c.req.header("X-API-Key");
    const credential = credentialOf(key, c.req.header("Authorization"));
    if (key || credential.startsWith("bk_")) {
      c.set("actor", await authenticateKey(context, credential));
    } else {
      const { actor, user } = await authenticate(context, credential);
      c.set("actor", actor);
      c.set("user", user);
    }
    authorize(c.get("actor"), operation);
    return next();
  };
}

/** The key, else the bearer token (RFC 6750). An empty key is none: some clients always send the header. */
function credentialOf(key: string | undefined, authorization: string | undefined): string {
  const found = key || authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (found) return found;
  if (key === "")
    throw new Refusal("unauthenticated", "X-API-Key is empty. Send an API key, or leave the header out.", {});
  throw new Refusal(
    "unauthenticated",
    "Send an access token (`Authorization: Bearer <accessToken>`) or an API key (`X-API-Key: <key>`).",
    {},
  );
}
