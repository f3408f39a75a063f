import { retryFailed } from "../operations/jobs/retry-failed.ts";
import type { Program } from "./compose.ts";
import { refusePlatform } from "./platform-key.ts";
import { problemOf } from "./problem.ts";

/** Whether a path is that of the operator who has failed tasks tried again. */
export function asksForRetry(pathname: string): boolean {
  return /^\/platform\/jobs\/retry\/?$/.test(pathname);
}

/** `POST /platform/jobs/retry`, for the platform key: schedules failed tasks for now, and answers `{"retried": n}`. */
export async function retryJobs(
  request: Request,
  platformKey: string | undefined,
  { context, jobs }: Pick<Program, "context" | "jobs">,
): Promise<Response> {
  const refusal = refusePlatform(request, platformKey);
  if (refusal) return refusal;
  if (request.method !== "POST")
    return problemOf("method_not_allowed", "This path supports POST.", { Allow: "POST" });
  return Response.json({ retried: await retryFailed(context, jobs) });
}
