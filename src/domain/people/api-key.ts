import type { Actor, Scope } from "../actor.ts";
import type { Change } from "../change.ts";
import { type EventType, newEvent } from "../event.ts";

declare module "../change.ts" {
  interface Rows {
    apiKeys: ApiKey;
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
  actor: Actor,
  command: Pick<ApiKey, "id" | "name" | "scopes" | "secretHash" | "expiresAt"> & { eventId: string },
  now: Date,
): Decided {
  const { eventId, ...fields } = command;
  const apiKey: ApiKey = {
    ...fields,
    organizationId: actor.organizationId,
    createdBy: actor.userId,
    lastUsedAt: null,
    revokedAt: null,
    version: 1,
    createdAt: now,
  };
  const { name, scopes, expiresAt } = apiKey;
  const event = keyEvent(apiKey, "key.created", actor.userId, eventId, now, { name, scopes, expiresAt });
  return { apiKey, change: { insert: { apiKeys: [apiKey], events: [event] }, update: {} } };
}

/** Revokes; a revoked key stays as it is, with no change. */
export function revokeApiKey(
  actor: Actor,
  apiKey: ApiKey,
  eventId: string,
  now: Date,
): Decided | { apiKey: ApiKey; change: null } {
  if (apiKey.revokedAt) return { apiKey, change: null };
  const next = { ...apiKey, revokedAt: now, version: apiKey.version + 1 };
  const event = keyEvent(next, "key.revoked", actor.userId, eventId, now, {});
  return { apiKey: next, change: { insert: { events: [event] }, update: { apiKeys: [next] } } };
}

/** What is written when a key is used for the first time. */
export function recordFirstUse(apiKey: ApiKey, eventId: string, now: Date): Change {
  const next = { ...apiKey, lastUsedAt: now, version: apiKey.version + 1 };
  const event = keyEvent(next, "key.first_used", apiKey.id, eventId, now, {});
  return { insert: { events: [event] }, update: { apiKeys: [next] } };
}

export function isUsable(apiKey: ApiKey, now: Date): boolean {
  return !apiKey.revokedAt && (!apiKey.expiresAt || apiKey.expiresAt > now);
}

/** A key's owner sees the whole organization, as an admin does, but only through its scopes. */
export function actorOf({ id, organizationId, scopes }: ApiKey): Actor {
  return { organizationId, userId: id, role: "admin", sessionId: id, scopes };
}

function keyEvent(
  apiKey: ApiKey,
  type: EventType,
  actorId: string,
  id: string,
  now: Date,
  data: Record<string, unknown>,
) {
  return newEvent("key", apiKey, { id, type, actorId, data }, now);
}
