import type { z } from "@hono/zod-openapi";
import { type FieldError, notFound, Refusal } from "../domain/refusal.ts";

type Target = "json" | "query" | "param" | "header" | "form" | "cookie";
type Outcome = { target: Target | string } & (
  | { success: true }
  | { success: false; error: z.core.$ZodError }
);

/** Turns what a schema found into the contract's answer: a malformed id in the path is 404, all else 400. */
export function refuseInvalid(outcome: Outcome): void {
  if (outcome.success) return;
  if (outcome.target === "param") throw notFound();
  const errors = outcome.error.issues.flatMap((issue) => fieldErrors(issue, outcome.target === "json"));
  throw new Refusal("validation_failed", summary(errors), { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, inBody: boolean): FieldError[] {
  const paths =
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  const detail = issue.code === "unrecognized_keys" ? "There is no such field." : issue.message;
  return paths.map((path) =>
    inBody ? { pointer: pointer(path), detail } : { parameter: String(path[0] ?? ""), detail },
  );
}

/** RFC 6901. */
function pointer(path: PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function summary(errors: FieldError[]): string {
  const [first] = errors;
  if (!first) return "The request is not valid.";
  const where = "pointer" in first ? first.pointer || "the body" : first.parameter;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `${where}: ${first.detail}${more}`;
}
