import { createHash, timingSafeEqual } from "node:crypto";
import { problemOf } from "./problem.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * Why a request may not do what the operator of the platform does; null if it may. Without a PLATFORM_KEY nobody may,
 * and there is nothing to see.
 */
export function refusePlatform(request: Request, key: string | undefined): Response | null {
  if (!key) return problemOf("not_found", "There is no such path. Set PLATFORM_KEY to use it.");
  const given = request.headers.get("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1] ?? "";
  if (timingSafeEqual(digest(given), digest(key))) return null;
  return problemOf("unauthenticated", "Send the platform key: `Authorization: Bearer <PLATFORM_KEY>`.", {
    "WWW-Authenticate": "Bearer",
  });
}
