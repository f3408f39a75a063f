import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import { login } from "../../operations/auth/login.ts";
import { logout } from "../../operations/auth/logout.ts";
import { refresh } from "../../operations/auth/refresh.ts";
import { register } from "../../operations/auth/register.ts";
import type { Context } from "../../operations/context.ts";
import { createApi } from "../api.ts";
import { byIp, byIpAndEmail, rateLimit } from "../middleware/rate-limit.ts";
import * as contract from "./contract.ts";
import { presentSignedIn, presentUser } from "./present.ts";

/** `scale` multiplies every limit, for load tests. */
export function authRoutes(context: Context, scale: number) {
  const { app, on } = createApi(context);
  const perIp = (name: string, points: number, seconds: number) =>
    rateLimit({ name, points: points * scale, seconds, key: byIp });
  const guesses = rateLimit({ name: "login-account", points: 10 * scale, seconds: 300, key: byIpAndEmail });

  app.use(noStoredAnswers, noIdempotencyKey);

  on(
    contract.register,
    async (c) => c.json(presentSignedIn(await register(context, c.req.valid("json"))), 201),
    perIp("register", 30, 600),
  );

  on(
    contract.login,
    async (c) => c.json(presentSignedIn(await login(context, c.req.valid("json"))), 200),
    perIp("login", 100, 300),
    guesses,
  );

  on(
    contract.refresh,
    async (c) => c.json(presentSignedIn(await refresh(context, c.req.valid("json").refreshToken)), 200),
    perIp("refresh", 300, 300),
  );

  on(
    contract.logout,
    async (c) => {
      await logout(context, c.req.valid("json").refreshToken);
      return c.body(null, 204);
    },
    perIp("logout", 300, 300),
  );

  on(contract.me, (c) => c.json(presentUser(c.get("user")), 200));

  return app;
}

/** Answers here hold secrets (RFC 6749, 5.1). */
const noStoredAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set("Cache-Control", "no-store");
};

/** Nor may they be kept for a replay. */
const noIdempotencyKey: MiddlewareHandler = async (c, next) => {
  if (c.req.header("Idempotency-Key") === undefined) return next();
  const detail = "Not here: the answers are secrets and are not stored.";
  throw new Refusal("validation_failed", `Idempotency-Key: ${detail}`, {
    errors: [{ parameter: "Idempotency-Key", detail }],
  });
};
