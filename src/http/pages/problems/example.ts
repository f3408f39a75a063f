import { type ProblemCode, problems } from "../../kit/problem.ts";
import { problemPages } from "./pages.ts";

/** A problem document with this code, for the pages and for the OpenAPI document. */
export function exampleProblem(code: ProblemCode): object {
  const { status, title } = problems[code];
  const { meaning, example } = problemPages[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: meaning,
    code,
    requestId: "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e",
    ...example,
  };
}
