import type { Change } from "../change.ts";
import { changesBetween, type EventType, newEvent } from "../event.ts";
import { Refusal } from "../refusal.ts";
import { newCalendar, type Resource } from "../resources/resource.ts";

declare module "../change.ts" {
  interface Rows {
    users: User;
  }
}

export type Role = "user" | "admin";

/** A person with an account. Emails are kept in lower case and are unique in the installation. */
export type User = {
  id: string;
  organizationId: string;
  email: string;
  name: string;
  role: Role;
  status: "active" | "disabled";
  /** Argon2id in PHC format; null for people who sign in elsewhere. */
  passwordHash: string | null;
  /** Counts the changes that ended all of their sessions. A session that began with an earlier generation is over. */
  credentialGeneration: number;
  /** When they proved that they read mail to this address, or an admin vouched for it. */
  emailVerifiedAt: Date | null;
  /** When their erasure was requested, and when their last trace was redacted. */
  erasedAt: Date | null;
  redactedAt: Date | null;
  /** The id that another system knows this person by. */
  externalId: string | null;
  calendarId: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

type NewUser = Pick<
  User,
  "id" | "organizationId" | "email" | "name" | "role" | "passwordHash" | "calendarId"
> & {
  externalId?: string | null;
  /** Somebody vouches for the address; otherwise its user has to prove that they read mail to it. */
  emailVerified: boolean;
};

/** A user and the calendar that every user owns. `actorId` is null when people register themselves. */
export function createUser(
  command: NewUser & { actorId: string | null; eventIds: [string, string] },
  now: Date,
): { user: User; calendar: Resource; change: Change } {
  const { actorId, eventIds, emailVerified, ...fields } = command;
  const user: User = {
    ...fields,
    externalId: fields.externalId ?? null,
    credentialGeneration: 1,
    emailVerifiedAt: emailVerified ? now : null,
    erasedAt: null,
    redactedAt: null,
    status: "active",
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const calendar = newCalendar(user, now);
  const by = { actorId };
  const events = [
    newEvent(
      "user",
      user,
      { ...by, id: eventIds[0], type: "user.created", data: { user: withoutSecrets(user) } },
      now,
    ),
    newEvent(
      "resource",
      calendar,
      { ...by, id: eventIds[1], type: "resource.created", data: { resource: calendar } },
      now,
    ),
  ];
  return { user, calendar, change: { insert: { users: [user], resources: [calendar], events }, update: {} } };
}

/** The answer to any change of an erased account. */
export function erasedUser(): Refusal<"invalid_transition"> {
  return new Refusal(
    "invalid_transition",
    "The account is closed for good: its person was erased. Create a new account instead.",
    {},
  );
}

type Patch = Partial<
  Pick<User, "name" | "role" | "status" | "passwordHash" | "emailVerifiedAt" | "erasedAt">
>;

type By = {
  actorId: string | null;
  eventId: string;
  /** The session that stays open when all others end. */
  keptSessionId?: string | undefined;
};

/** A user's rights and credentials: when any of these changes, every session is over. */
const credentials = ["passwordHash", "role", "status", "erasedAt"] as const;

/** The user with some fields changed; the same one, and no change, when nothing is different. */
export function changeUser(
  user: User,
  { patch, ...by }: By & { patch: Patch },
  now: Date,
): { user: User; change: Change | null } {
  const patched = { ...user, ...patch };
  const passwordChanged = patched.passwordHash !== user.passwordHash;
  const changed = Object.keys(changesBetween(withoutSecrets(user), withoutSecrets(patched)));
  if (!passwordChanged && changed.length === 0) return { user, change: null };
  const outdates = passwordChanged || credentials.some((field) => changed.includes(field));
  const next = outdates ? { ...patched, credentialGeneration: user.credentialGeneration + 1 } : patched;
  return nextVersion(user, next, passwordChanged ? "user.password_changed" : "user.updated", by, now);
}

/** Ends every session of the user but the kept one, however many there are, in this one row. */
export function endAllSessions(user: User, by: By, now: Date): { user: User; change: Change } {
  const next = { ...user, credentialGeneration: user.credentialGeneration + 1 };
  return nextVersion(user, next, "user.sessions_ended", by, now);
}

function nextVersion(
  before: User,
  changed: User,
  type: EventType,
  { actorId, eventId: id, keptSessionId }: By,
  now: Date,
): { user: User; change: Change } {
  const user: User = { ...changed, version: before.version + 1, updatedAt: now };
  const changes = changesBetween(withoutSecrets(before), withoutSecrets(user));
  const data = { changes, ...(keptSessionId ? { keptSessionId } : {}) };
  const event = newEvent("user", user, { id, type, actorId, data }, now);
  return { user, change: { insert: { events: [event] }, update: { users: [user] } } };
}

function withoutSecrets({ passwordHash: _, ...rest }: User): Omit<User, "passwordHash"> {
  return rest;
}
