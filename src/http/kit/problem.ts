import type { Context } from "hono";
import type { HTTPException } from "hono/http-exception";
import { type Conflict, Refusal, type RefusalCode } from "../../domain/refusal.ts";
import type { Interval } from "../../domain/scheduling/interval.ts";

export type ProblemCode = RefusalCode | "internal";

/** What each refusal is on the wire. A code without a line here does not compile. */
export const problems: Record<ProblemCode, { status: number; title: string }> = {
  validation_failed: { status: 400, title: "The request is not valid" },
  malformed_json: { status: 400, title: "The body is not JSON" },
  unauthenticated: { status: 401, title: "Sign in first" },
  invalid_credentials: { status: 401, title: "Wrong credentials" },
  token_expired: { status: 401, title: "The token has expired" },
  token_reused: { status: 401, title: "The refresh token was used before" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  slot_taken: { status: 409, title: "The slot is taken" },
  email_taken: { status: 409, title: "The email is taken" },
  invalid_transition: { status: 409, title: "Not possible in this state" },
  resource_in_use: { status: 409, title: "The resource is in use" },
  last_admin: { status: 409, title: "The last admin" },
  cursor_expired: { status: 410, title: "The cursor has expired" },
  version_mismatch: { status: 412, title: "Changed since you read it" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "Send JSON" },
  idempotency_key_reused: { status: 422, title: "The idempotency key was used for another request" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong here" },
  unavailable: { status: 503, title: "Not available now" },
};

/** A refusal as RFC 9457 `application/problem+json`, with the headers that belong to its status. */
export function problemResponse(c: Context, refusal: Refusal | null): Response {
  const code = refusal?.code ?? "internal";
  const { status, title } = problems[code];
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    detail:
      refusal?.detail ?? "The fault is ours, and it is in the log. Quote the requestId when you report it.",
    code,
    requestId: c.get("requestId"),
    ...membersOf(refusal),
  };
  return c.body(JSON.stringify(body), status as 400, {
    "Content-Type": "application/problem+json",
    ...headersOf(refusal, status),
  });
}

/** What hono itself throws, as one of our refusals. */
export function refusalOfHono(error: HTTPException): Refusal | null {
  if (error.status === 400) return new Refusal("malformed_json", "The body can't be parsed as JSON.", {});
  if (error.status === 413) return new Refusal("body_too_large", "The body is larger than 256 KiB.", {});
  if (error.status === 415) {
    return new Refusal(
      "unsupported_media_type",
      "Send the body as UTF-8, with Content-Type: application/json.",
      {},
    );
  }
  return null;
}

function membersOf(refusal: Refusal | null): object {
  if (refusal?.is("validation_failed")) return { errors: refusal.details.errors };
  if (!refusal?.is("slot_taken")) return {};
  const { conflicts, alternatives } = refusal.details;
  const times = ({ startTime, endTime }: Interval) => ({
    startTime: startTime.toISOString(),
    endTime: endTime.toISOString(),
  });
  return {
    conflicts: conflicts.map((conflict: Conflict) => ({ ...conflict, ...times(conflict) })),
    alternatives: alternatives.map(times),
  };
}

function headersOf(refusal: Refusal | null, status: number): Record<string, string> {
  if (status === 401) return { "WWW-Authenticate": "Bearer" };
  if (refusal?.is("method_not_allowed")) return { Allow: refusal.details.allow };
  if (refusal?.is("rate_limited") || refusal?.is("unavailable")) {
    return { "Retry-After": String(refusal.details.retryAfterSeconds) };
  }
  return {};
}
