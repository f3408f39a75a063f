import { sign, verify } from "hono/jwt";
import { JwtTokenExpired } from "hono/utils/jwt/types";
import { z } from "zod";
import { Refusal } from "../domain/refusal.ts";
import type { Session } from "../domain/session.ts";
import type { Tokens } from "../ports/tokens.ts";

const algorithm = "HS256";
const issuer = "booking";

/** Every claim is required: hono/jwt alone would take a token without `exp`, or of another kind. */
const common = { iss: z.literal(issuer), iat: z.int(), exp: z.int(), sid: z.uuid() };
const accessClaims = z.object({ ...common, aud: z.literal("booking:access"), sub: z.uuid() });
const refreshClaims = z.object({ ...common, aud: z.literal("booking:refresh"), gen: z.int().positive() });

const linkClaims = z.object({
  iss: z.literal(issuer),
  iat: z.int(),
  exp: z.int(),
  aud: z.enum(["booking:verify_email", "booking:reset_password"]),
  jti: z.uuid(),
});

type Options = { accessSecret: string; refreshSecret: string; accessMinutes: number; refreshDays: number };

/** JSON Web Tokens (RFC 7519) with one algorithm, two secrets and two audiences. */
export function jwtTokens({ accessSecret, refreshSecret, accessMinutes, refreshDays }: Options): Tokens {
  const accessSeconds = accessMinutes * 60;
  return {
    accessSeconds,
    signAccess: (user, session, now) => {
      const iat = seconds(now);
      const claims = {
        iss: issuer,
        aud: "booking:access",
        sub: user.id,
        sid: session.id,
        iat,
        exp: iat + accessSeconds,
      };
      return sign(claims, accessSecret, algorithm);
    },
    verifyAccess: async (token, now) => {
      const { sub, sid, exp } = await verified(token, accessSecret, accessClaims, now);
      return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) };
    },
    signRefresh: (session: Session) => {
      const iat = seconds(session.rotatedAt);
      const exp = iat + refreshDays * 24 * 60 * 60;
      const claims = {
        iss: issuer,
        aud: "booking:refresh",
        sid: session.id,
        gen: session.generation,
        iat,
        exp,
      };
      return sign(claims, refreshSecret, algorithm);
    },
    verifyRefresh: async (token, now) => {
      const { sid, gen } = await verified(token, refreshSecret, refreshClaims, now);
      return { sessionId: sid, generation: gen };
    },
    signLink: (mail) => {
      const times = { iat: seconds(mail.createdAt), exp: seconds(mail.expiresAt) };
      return sign(
        { iss: issuer, aud: `booking:${mail.purpose}`, jti: mail.id, ...times },
        accessSecret,
        algorithm,
      );
    },
    verifyLink: async (token, purpose, now) => {
      const { aud, jti } = await verified(token, accessSecret, linkClaims, now);
      if (aud !== `booking:${purpose}`) throw notOurs();
      return { mailId: jti };
    },
  };
}

async function verified<T extends { exp: number }>(
  token: string,
  secret: string,
  schema: z.ZodType<T>,
  now: Date,
): Promise<T> {
  // Times are compared below, with the clock of the caller.
  const payload = await verify(token, secret, { alg: algorithm, exp: false, nbf: false, iat: false }).catch(
    (error) => {
      throw error instanceof JwtTokenExpired ? expired() : notOurs();
    },
  );
  const claims = schema.safeParse(payload);
  if (!claims.success) throw notOurs();
  if (claims.data.exp <= seconds(now)) throw expired();
  return claims.data;
}

function notOurs(): Refusal {
  return new Refusal("unauthenticated", "The token is not one of ours, or not for this use.", {});
}

function expired(): Refusal {
  return new Refusal("token_expired", "The token has expired. Refresh it, or sign in again.", {});
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
