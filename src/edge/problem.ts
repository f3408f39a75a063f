import { type ProblemCode, problems } from "../http/kit/problem.ts";

/** A refusal by the edge itself, before there is an application that could refuse. RFC 9457, like all of them. */
export function problemOf(code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const { status, title } = problems[code];
  const body = { type: `/problems/${code}`, title, status, detail, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers },
  });
}
