import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { limitedNetwork } from "../../lib/ip-address.ts";
import { requireAllowed } from "../../operations/caller-limits.ts";
import type { Counter, Limits, Policy } from "../../ports/limits.ts";
import type { Env } from "../kit/env.ts";
import { jsonBody } from "../kit/json-body.ts";

type Limit = Policy & {
  /** Whom it counts; null where it does not apply. */
  key(c: HonoContext<Env>): string | null | Promise<string | null>;
};

/** Refuses requests over a limit, and announces it in `RateLimit` headers. */
export function rateLimit(limits: Limits, { key, ...policy }: Limit): MiddlewareHandler<Env> {
  const counter = limits.counter(policy);
  return async (c, next) => {
    const counted = await key(c);
    if (counted !== null) await takeOrRefuse(c, counter, policy, counted);
    return next();
  };
}

/** draft-ietf-httpapi-ratelimit-headers. */
export async function takeOrRefuse(
  c: HonoContext<Env>,
  counter: Counter,
  { name, points, seconds }: Policy,
  key: string,
): Promise<void> {
  const taken = await counter.take(key);
  c.header("RateLimit-Policy", `"${name}";q=${points};w=${seconds}`);
  c.header("RateLimit", `"${name}";r=${taken.remaining};t=${Math.ceil(taken.resetMs / 1000)}`);
  requireAllowed(taken);
}

/** The client's address, whole: for records. */
export function addressOf(c: HonoContext<Env>): string {
  return c.env?.ip ?? "unknown";
}

/** The client's address, as precisely as the limits distinguish addresses. */
export function byIp(c: HonoContext<Env>): string {
  return limitedNetwork(addressOf(c));
}

/** The account that a JSON body names. */
export async function accountInBody(c: HonoContext<Env>): Promise<string | null> {
  const body: unknown = await jsonBody(c).catch(() => null);
  const email = body && typeof body === "object" && "email" in body ? body.email : null;
  return typeof email === "string" ? normalizedAccount(email) : null;
}

export function normalizedAccount(email: string): string {
  return email.trim().toLowerCase().slice(0, 254);
}

/** The address and the account together. */
export async function byIpAndEmail(c: HonoContext<Env>): Promise<string | null> {
  const account = await accountInBody(c);
  return account && `${byIp(c)} ${account}`;
}
