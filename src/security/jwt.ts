import { sign, verify } from "hono/jwt";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Session } from "../domain/people/session.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Tokens } from "../ports/tokens.ts";

const algorithm = "HS256";
const issuer = "booking";
const maxKnownTokens = 10_000;

/** The header of every token we sign, `{"alg":"HS256","typ":"JWT"}`. We issue no other header. */
const ourHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/** A payload, and 32 bytes in base64url without padding: the last letter carries four bits, so two must be zero. */
const ourRest = /^\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Every claim is required: by itself, hono/jwt would accept a token without `exp`, or of another kind. */
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

type Options = {
  /** The first one signs, all of them verify, so a key can be replaced without signing anyone out. */
  accessSecrets: string[];
  refreshSecrets: string[];
  accessMinutes: number;
  refreshDays: number;
};

/** JSON Web Tokens (RFC 7519) with one algorithm, two secrets and two audiences. */
export function jwtTokens({ accessSecrets, refreshSecrets, accessMinutes, refreshDays }: Options): Tokens {
  const accessSeconds = accessMinutes * 60;
  const refreshSeconds = refreshDays * 24 * 60 * 60;
  const [accessSecret = "", refreshSecret = ""] = [accessSecrets[0], refreshSecrets[0]];
  // A token never changes: its signature is checked once, its expiry always.
  const known = new LRUCache<string, z.output<typeof accessClaims>>({ max: maxKnownTokens });
  return {
    accessSeconds,
    refreshSeconds,
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
      let claims = known.get(token);
      if (!claims) {
        claims = await verified(token, accessSecrets, accessClaims);
        known.set(token, claims);
      }
      if (claims.exp <= seconds(now)) throw expired();
      return { userId: claims.sub, sessionId: claims.sid, expiresAt: new Date(claims.exp * 1000) };
    },
    signRefresh: (session: Session) => {
      const iat = seconds(session.rotatedAt);
      const exp = iat + refreshSeconds;
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
      const { sid, gen, exp } = await verified(token, refreshSecrets, refreshClaims);
      if (exp <= seconds(now)) throw expired();
      return { sessionId: sid, generation: gen };
    },
    signLink: (link) => {
      const times = { iat: seconds(link.createdAt), exp: seconds(link.expiresAt) };
      return sign(
        { iss: issuer, aud: `booking:${link.purpose}`, jti: link.id, ...times },
        accessSecret,
        algorithm,
      );
    },
    verifyLink: async (token, purpose, now) => {
      const { aud, jti, exp } = await verified(token, accessSecrets, linkClaims);
      if (exp <= seconds(now)) throw expired();
      if (aud !== `booking:${purpose}`) throw notOurs();
      return { linkId: jti };
    },
  };
}

async function verified<T>(token: string, secrets: string[], schema: z.ZodType<T>): Promise<T> {
  const payload = await payloadOf(token, secrets);
  const claims = schema.safeParse(payload);
  if (!claims.success) throw notOurs();
  return claims.data;
}

/**
 * The content of a token that one of the secrets signed. All instances derive the same successor of a refresh token.
 */
async function payloadOf(token: string, secrets: string[]): Promise<unknown> {
  // The signature covers the text of the payload. Only header and signature could be written in more than one way.
  if (!token.startsWith(ourHeader) || !ourRest.test(token.slice(ourHeader.length))) throw notOurs();
  for (const secret of secrets) {
    // The caller compares times, with their own clock.
    const options = { alg: algorithm, exp: false, nbf: false, iat: false } as const;
    const payload = await verify(token, secret, options).catch(() => null);
    if (payload) return payload;
  }
  throw notOurs();
}

function notOurs(): Refusal {
  return new Refusal(
    "unauthenticated",
    "The token was not issued by this API, or it is of the wrong kind.",
    {},
  );
}

function expired(): Refusal {
  return new Refusal("token_expired", "The token has expired. Refresh it, or sign in again.", {});
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
