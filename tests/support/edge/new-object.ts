import { secrets } from "../secrets.ts";
import { sharedEdge } from "./runtime.ts";

/** The URL of an object of a test's own, in the workerd that all tests share. */
export async function newObject({ rateLimitScale = 100_000, maxLookedAt = 10_000 } = {}): Promise<string> {
  const { url } = await sharedEdge({
    NODE_ENV: "production",
    JWT_SECRET_KEY: secrets.accessSecret,
    REFRESH_JWT_SECRET_KEY: secrets.refreshSecret,
    CORS_ORIGINS: "https://app.example.com",
    LOG_LEVEL: process.env.TEST_LOG ?? "silent",
  });
  return `${url}/__object/${crypto.randomUUID()}.scale-${rateLimitScale}.look-${maxLookedAt}`;
}
