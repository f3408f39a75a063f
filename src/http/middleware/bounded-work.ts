import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import type { Env } from "../kit/env.ts";
import { problemResponse } from "../kit/problem.ts";

const tooMuch = new Refusal("unavailable", "Too many requests at once. Try again shortly.", {
  retryAfterSeconds: 1,
});

/**
 * Answers 503 at once while this many requests are in progress. Otherwise, requests that come faster than they can be
 * answered would wait in memory, only to be refused when their wait for a connection became too long, and would slow
 * down those that can be answered.
 */
export function boundedWork(most: number): MiddlewareHandler<Env> {
  let underWay = 0;
  return async (c, next) => {
    if (underWay >= most) {
      // As one that was thrown, without the cost of it.
      c.error = tooMuch;
      return problemResponse(c, tooMuch);
    }
    underWay += 1;
    try {
      await next();
    } finally {
      underWay -= 1;
    }
  };
}
