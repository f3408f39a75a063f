import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { type Changes, diff, type EventType, record } from "../event.ts";
import { Refusal } from "../refusal.ts";
import { newCalendar, type Resource } from "../resources/resource.ts";

declare module "../change.ts" {
  interface Rows {
    users: User;
  }
}

declare module "../event.ts" {
  interface EventData {
    "user.created": { user: Omit<User, "passwordHash"> };
    "user.updated": UserChanged;
    "user.password_changed": UserChanged;
    "user.sessions_ended": UserChanged;
    "user.erased": UserChanged;
    "user.redacted": Record<never, never>;
  }
}

/** `keptSessionId`: the session that stays open when all others end. */
type UserChanged = { changes: Changes; keptSessionId?: string };

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

/** A user and the calendar that every user owns. By nobody when people register themselves. */
export function createUser(
  by: By<Author>,
  { emailVerified, ...fields }: NewUser,
): { user: User; calendar: Resource; change: Change } {
  const { now } = by;
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
  const events = [
    record(by, user, "user.created", { user: withoutSecrets(user) }),
    record(by, calendar, "resource.created", { resource: calendar }),
  ];
  return { user, calendar, change: { insert: { users: [user], resources: [calendar], events } } };
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

/** A user's rights and credentials: when any of these changes, every session is over. */
const credentials = ["passwordHash", "role", "status", "erasedAt"] as const;

type Options = {
  patch: Patch;
  /** The session that stays open when all others end. */
  keptSessionId?: string | undefined;
};

/** The user with some fields changed; the same one, and no change, when nothing is different. */
export function changeUser(
  by: By<Author>,
  before: User,
  { patch, keptSessionId }: Options,
): { user: User; change: Change | null } {
  const patched = { ...before, ...patch };
  const passwordChanged = patched.passwordHash !== before.passwordHash;
  const changed = Object.keys(diff(withoutSecrets(before), withoutSecrets(patched)));
  if (!passwordChanged && changed.length === 0) return { user: before, change: null };
  const outdates = passwordChanged || credentials.some((field) => changed.includes(field));
  const next = outdates ? { ...patched, credentialGeneration: before.credentialGeneration + 1 } : patched;
  const erases = before.erasedAt === null && next.erasedAt !== null;
  const type = erases ? "user.erased" : passwordChanged ? "user.password_changed" : "user.updated";
  return nextVersion(by, before, next, type, keptSessionId);
}

/** Ends every session of the user but the kept one, however many there are, in this one row. */
export function endAllSessions(
  by: By<Author>,
  before: User,
  { keptSessionId }: { keptSessionId?: string } = {},
): { user: User; change: Change } {
  const next = { ...before, credentialGeneration: before.credentialGeneration + 1 };
  return nextVersion(by, before, next, "user.sessions_ended", keptSessionId);
}

function nextVersion(
  by: By<Author>,
  before: User,
  next: User,
  type: Exclude<EventType & `user.${string}`, "user.created" | "user.redacted">,
  keptSessionId: string | undefined,
): { user: User; change: Change } {
  const user: User = { ...next, version: before.version + 1, updatedAt: by.now };
  const changes = diff(withoutSecrets(before), withoutSecrets(user));
  const event = record(by, user, type, { changes, ...(keptSessionId ? { keptSessionId } : {}) });
  return { user, change: { insert: { events: [event] }, update: { users: [user] } } };
}

function withoutSecrets({ passwordHash: _, ...rest }: User): Omit<User, "passwordHash"> {
  return rest;
}
