import type { MiddlewareHandler } from "hono";
import { changeMe } from "../../../operations/auth/change-me.ts";
import { changePassword } from "../../../operations/auth/change-password.ts";
import { endOtherSessions, endSession } from "../../../operations/auth/end-sessions.ts";
import { forgotPassword } from "../../../operations/auth/forgot-password.ts";
import { listSessions } from "../../../operations/auth/list-sessions.ts";
import { login } from "../../../operations/auth/login.ts";
import { logout } from "../../../operations/auth/logout.ts";
import { refresh } from "../../../operations/auth/refresh.ts";
import { register } from "../../../operations/auth/register.ts";
import { requestVerification } from "../../../operations/auth/request-verification.ts";
import { resetPassword } from "../../../operations/auth/reset-password.ts";
import { verifyEmail } from "../../../operations/auth/verify-email.ts";
import type { Context } from "../../../operations/context.ts";
import { erase } from "../../../operations/users/erase.ts";
import { createApi } from "../../kit/endpoint.ts";
import { accountInBody, byIp, byIpAndEmail, rateLimit } from "../../middleware/rate-limit.ts";
import { signInLimits } from "../../middleware/sign-in-limits.ts";
import { presentUser } from "../users/present.ts";
import * as contract from "./contract.ts";
import { presentSession, presentSignedIn } from "./present.ts";

export function authRoutes(context: Context) {
  const { app, on } = createApi(context);
  const { limits, limitScale: scale } = context;
  const perIp = (name: string, points: number, seconds: number) =>
    rateLimit(limits, { name, points: points * scale, seconds, key: byIp });

  app.use(noStoredAnswers);

  on(
    contract.register,
    async (c) => c.json(presentSignedIn(await register(context, c.req.valid("json"))), 201),
    perIp("register", 30, 600),
  );

  on(
    contract.login,
    async (c) => c.json(presentSignedIn(await login(context, c.req.valid("json"))), 200),
    signInLimits(limits, scale, accountInBody),
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

  on(contract.changeMe, async (c) => {
    const user = await changeMe(context, c.get("actor"), c.req.valid("json"));
    return c.json(presentUser(user), 200);
  });

  on(
    contract.changePassword,
    async (c) => {
      await changePassword(context, c.get("actor"), c.get("user"), c.req.valid("json"));
      return c.body(null, 204);
    },
    perIp("password", 30, 300),
  );

  on(
    contract.verifyEmail,
    async (c) => {
      await verifyEmail(context, c.req.valid("json").token);
      return c.body(null, 204);
    },
    perIp("verify-email", 60, 600),
  );

  on(
    contract.requestVerification,
    async (c) => {
      await requestVerification(context, c.get("actor"), c.get("user"));
      return c.body(null, 202);
    },
    perIp("request-verification", 30, 600),
  );

  on(
    contract.forgotPassword,
    (c) => {
      forgotPassword(context, c.req.valid("json").email);
      return c.body(null, 202);
    },
    perIp("forgot-password", 30, 600),
    rateLimit(limits, {
      name: "forgot-password-account",
      points: 5 * scale,
      seconds: 600,
      key: byIpAndEmail,
    }),
  );

  on(
    contract.resetPassword,
    async (c) => {
      await resetPassword(context, c.req.valid("json"));
      return c.body(null, 204);
    },
    perIp("reset-password", 30, 600),
  );

  on(contract.eraseMe, async (c) => {
    const actor = c.get("actor");
    await erase(context, actor, actor.userId);
    return c.body(null, 204);
  });

  on(contract.listSessions, async (c) => {
    const sessions = await listSessions(context, c.get("actor"));
    return c.json({ data: sessions.map((session) => presentSession(session, c.get("actor"))) }, 200);
  });

  on(contract.endSession, async (c) => {
    await endSession(context, c.get("actor"), c.req.valid("param").id);
    return c.body(null, 204);
  });

  on(contract.endOtherSessions, async (c) => {
    await endOtherSessions(context, c.get("actor"));
    return c.body(null, 204);
  });

  on(contract.me, (c) => c.json(presentUser(c.get("user")), 200));

  return app;
}

/** Answers here contain secrets (RFC 6749, 5.1). */
const noStoredAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set("Cache-Control", "no-store");
};
