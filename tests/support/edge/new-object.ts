import { secrets } from "../secrets.ts";
import { sharedEdge } from "./runtime.ts";

/** The settings of the objects of tests. */
export const edgeBindings = {
  NODE_ENV: "production",
  JWT_SECRET_KEY: secrets.accessSecret,
  REFRESH_JWT_SECRET_KEY: secrets.refreshSecret,
  CORS_ORIGINS: "https://app.example.com",
  LOG_LEVEL: process.env.TEST_LOG ?? "silent",
};

type Options = { rateLimitScale?: number; maxLookedAt?: number; server?: string | undefined };

/** The URL of an object of a test's own, in a workerd of the test's or in the one that all tests share. */
export async function newObject(options: Options = {}): Promise<string> {
  const { rateLimitScale = 100_000, maxLookedAt = 10_000, server } = options;
  const url = server ?? (await sharedEdge(edgeBindings)).url;
  return `${url}/__object/${crypto.randomUUID()}.scale-${rateLimitScale}.look-${maxLookedAt}`;
}
