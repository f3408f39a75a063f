import type { MiddlewareHandler } from "hono";
import { isKey } from "../../domain/actor.ts";
import type { Limits, Policy } from "../../ports/limits.ts";
import type { Env } from "../api.ts";
import { takeOrRefuse } from "./rate-limit.ts";

/** Requests in a minute, by what they do, for a person; a service acts for many, and has ten times as many. */
const points = { read: 1_200, write: 300 };
const timesForKeys = 10;

/** Bounds what one caller may ask of this process. `limits` are the process's own: no round trip for every request. */
export function callerLimits(limits: Limits, scale: number): MiddlewareHandler<Env> {
  const policyOf = (name: string, most: number): Policy => ({ name, points: most * scale, seconds: 60 });
  const withCounter = (policy: Policy) => ({ policy, counter: limits.counter(policy) });
  const people = {
    read: withCounter(policyOf("read", points.read)),
    write: withCounter(policyOf("write", points.write)),
  };
  const keys = {
    read: withCounter(policyOf("key-read", points.read * timesForKeys)),
    write: withCounter(policyOf("key-write", points.write * timesForKeys)),
  };
  return async (c, next) => {
    const actor = c.get("actor");
    const { policy, counter } = (isKey(actor) ? keys : people)[c.req.method === "GET" ? "read" : "write"];
    await takeOrRefuse(c, counter, policy, actor.userId);
    return next();
  };
}
