import type { Actor, Author, By, Scope } from "../actor.ts";
import type { Change } from "../change.ts";
import { record } from "../event.ts";

declare module "../change.ts" {
  interface Rows {
    apiKeys: ApiKey;
  }
}

declare module "../event.ts" {
  interface EventData {
    "key.created": Pick<ApiKey, "name" | "scopes" | "expiresAt">;
    "key.first_used": Record<never, never>;
    "key.revoked": Record<never, never>;
  }
}

/** A credential of another service. The secret is shown once, when it is made. */
export type ApiKey = {
  id: string;
  organizationId: string;
  name: string;
  scopes: Scope[];
  /** SHA-256, hexadecimal: the secret is random and long, so that no slower hash is needed. */
  secretHash: string;
  /** The admin who made it. */
  createdBy: string | null;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  version: number;
  createdAt: Date;
};

/** How exactly the last use is known. */
export const lastUsedWithinMs = 60_000;

type Decided = { apiKey: ApiKey; change: Change };

export function createApiKey(
  by: By,
  fields: Pick<ApiKey, "id" | "name" | "scopes" | "secretHash" | "expiresAt">,
): Decided {
  const apiKey: ApiKey = {
    ...fields,
    organizationId: by.actor.organizationId,
    createdBy: by.actor.userId,
    lastUsedAt: null,
    revokedAt: null,
    version: 1,
    createdAt: by.now,
  };
  const { name, scopes, expiresAt } = apiKey;
  const event = record(by, apiKey, "key.created", { name, scopes, expiresAt });
  return { apiKey, change: { insert: { apiKeys: [apiKey], events: [event] } } };
}

/** Revokes; a revoked key stays as it is, with no change. */
export function revokeApiKey(by: By, before: ApiKey): Decided | { apiKey: ApiKey; change: null } {
  if (before.revokedAt) return { apiKey: before, change: null };
  const apiKey = { ...before, revokedAt: by.now, version: before.version + 1 };
  const event = record(by, apiKey, "key.revoked", {});
  return { apiKey, change: { insert: { events: [event] }, update: { apiKeys: [apiKey] } } };
}

/** What is written when a key is used for the first time, by the key itself. */
export function recordFirstUse(by: By<Author>, before: ApiKey): Change {
  const apiKey = { ...before, lastUsedAt: by.now, version: before.version + 1 };
  const event = record(by, apiKey, "key.first_used", {});
  return { insert: { events: [event] }, update: { apiKeys: [apiKey] } };
}

export function isUsable(apiKey: ApiKey, now: Date): boolean {
  return !apiKey.revokedAt && (!apiKey.expiresAt || apiKey.expiresAt > now);
}

/** A key's owner sees the whole organization, as an admin does, but only through its scopes. */
export function actorOf({ id, organizationId, scopes }: ApiKey): Actor {
  return { organizationId, userId: id, role: "admin", sessionId: id, scopes };
}
