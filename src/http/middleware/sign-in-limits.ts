import type { Context as HonoContext, MiddlewareHandler } from "hono";
import type { Limits, Policy } from "../../ports/limits.ts";
import type { Env } from "../kit/env.ts";
import { byIp, takeOrRefuse } from "./rate-limit.ts";

/** After a sign-in from an address, guesses from elsewhere don't lock its owner out there. */
const knownSeconds = 14 * 24 * 60 * 60;

/**
 * Limits on guesses: for an address, for an account, and for the two together. Successes don't count for the account,
 * and other people's guesses don't affect an address from which its owner has signed in before: nobody is locked out.
 */
export function signInLimits(
  limits: Limits,
  scale: number,
  account: (c: HonoContext<Env>) => string | null | Promise<string | null>,
): MiddlewareHandler<Env> {
  const policy = (name: string, points: number, seconds: number): Policy => ({
    name,
    points: points * scale,
    seconds,
  });
  const policies = {
    address: policy("login", 100, 300),
    pair: policy("login-account", 10, 300),
    account: policy("login-everywhere", 100, 3_600),
  };
  const counters = {
    address: limits.counter(policies.address),
    pair: limits.counter(policies.pair),
    account: limits.counter(policies.account),
  };
  return async (c, next) => {
    const named = await account(c);
    if (named === null) return next();
    const pair = `${byIp(c)} ${named}`;
    const isKnown = await limits.remembers(pair);
    await takeOrRefuse(c, counters.address, policies.address, byIp(c));
    await takeOrRefuse(c, counters.pair, policies.pair, pair);
    if (!isKnown) await takeOrRefuse(c, counters.account, policies.account, named);
    await next();
    if (c.error || !c.res.ok) return;
    await limits.remember(pair, knownSeconds);
    if (!isKnown) await counters.account.giveBack(named);
    await counters.pair.giveBack(pair);
  };
}
