import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import type { Env } from "../api.ts";

/** Nothing in the contract is nested deeper than a few levels; parsers and validators pay for each. */
const deepest = 32;

/** Refuses JSON that is nested too deep, before anything parses it. */
export const jsonDepth: MiddlewareHandler<Env> = async (c, next) => {
  if (c.req.header("Content-Type")?.includes("json") && isTooDeep(await c.req.text())) {
    throw new Refusal("malformed_json", `The JSON is nested deeper than ${deepest} levels.`, {});
  }
  return next();
};

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let n = 0; n < text.length; n++) {
    const character = text[n];
    if (inString) {
      if (character === "\\") n += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > deepest) return true;
    } else if (character === "}" || character === "]") depth -= 1;
  }
  return false;
}
