import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { auth } from "hono/utils/basic-auth";
import { type Actor, isAdmin } from "../../../domain/actor.ts";
import { Refusal } from "../../../domain/refusal.ts";
import { authenticate } from "../../../operations/auth/authenticate.ts";
import { login } from "../../../operations/auth/login.ts";
import type { Context } from "../../../operations/context.ts";
import type { Env } from "../../kit/env.ts";
import { normalizedAccount } from "../../middleware/rate-limit.ts";
import { signInLimits } from "../../middleware/sign-in-limits.ts";

const cookieName = "booking_jobs";

/**
 * Lets admins in, in this order: by an access token, by the session of an earlier request, or by the email and
 * password of HTTP Basic, which is then exchanged for such a session. Only the last one costs a password's
 * verification, and only that is limited; the session ends like any other, with the account or its role.
 */
export function adminsOnly(context: Context): MiddlewareHandler<Env>[] {
  const guesses = signInLimits(context.limits, context.limitScale, (c) => {
    const given = c.get("actor") ? undefined : auth(c.req.raw);
    return given ? normalizedAccount(given.username) : null;
  });
  return [byToken(context), guesses, byPassword(context)];
}

function byToken(context: Context): MiddlewareHandler<Env> {
  return async (c, next) => {
    const bearer = c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    const token = bearer ?? getCookie(c, cookieName);
    const actor = token ? await adminBehind(context, token) : null;
    if (actor) {
      c.set("actor", actor);
      if (!bearer) refuseForeign(c);
    }
    return next();
  };
}

function byPassword(context: Context): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (c.get("actor")) return next();
    const given = auth(c.req.raw);
    if (!given) return askForPassword(c);
    refuseForeign(c);
    const email = normalizedAccount(given.username);
    const signedIn = await login(context, { email, password: given.password }, "admin").catch((error) => {
      if (error instanceof Refusal && error.is("invalid_credentials")) return null;
      throw error;
    });
    const actor = signedIn && (await adminBehind(context, signedIn.accessToken));
    if (!actor) return askForPassword(c);
    c.set("actor", actor);
    setCookie(c, cookieName, signedIn.accessToken, {
      path: "/jobs",
      httpOnly: true,
      sameSite: "Strict",
      secure: c.env?.https ?? false,
      maxAge: signedIn.expiresIn,
    });
    return next();
  };
}

/** Null for a token that has expired or is not an admin's. */
async function adminBehind(context: Context, token: string): Promise<Actor | null> {
  try {
    const { actor } = await authenticate(context, token);
    return isAdmin(actor) ? actor : null;
  } catch (error) {
    if (error instanceof Refusal && !error.is("unavailable")) return null;
    throw error;
  }
}

/** Other sites can make a browser send cookies and passwords along: changes must come from our page. */
function refuseForeign(c: HonoContext<Env>): void {
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  const origin = c.req.header("Origin");
  if (origin && URL.parse(origin)?.host === c.req.header("Host")) return;
  throw new Refusal("forbidden", "Changes are made from the job page itself.", {});
}

/** RFC 7617. */
function askForPassword(c: HonoContext<Env>): Response {
  return c.text("The job page is only for admins: sign in with your email and password.", 401, {
    "WWW-Authenticate": 'Basic realm="Booking jobs", charset="UTF-8"',
  });
}
