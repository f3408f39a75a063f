import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import type { Env } from "../api.ts";
import { problemResponse } from "../problem.ts";

const tooMuch = new Refusal("unavailable", "Too many requests at once. Try again shortly.", {
  retryAfterSeconds: 1,
});

/**
 * Answers 503 at once while so many requests are under way. What comes faster than it can be answered would else wait in
 * memory, to be refused after all when its wait for a connection has become too long, and would cost those that can be
 * answered their time.
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
