import { type ProblemCode, problems } from "../http/kit/problem.ts";
import { addSecurityHeaders } from "../http/middleware/security-headers.ts";

/** A refusal by the edge itself, before there is an application that could refuse: RFC 9457, as the application's. */
export function problemOf(code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const { status, title } = problems[code];
  const requestId = crypto.randomUUID();
  const errors = code === "validation_failed" ? { errors: [{ detail }] } : {};
  const body = { type: `/problems/${code}`, title, status, detail, code, requestId, ...errors };
  const all = new Headers({
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Request-Id": requestId,
    ...headers,
  });
  addSecurityHeaders(all, {});
  return new Response(JSON.stringify(body), { status, headers: all });
}
