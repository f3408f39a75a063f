import type { Change } from "./change.ts";
import { changesBetween, newEvent } from "./event.ts";
import { Refusal } from "./refusal.ts";
import { newCalendar, type Resource } from "./resource.ts";

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
  /** When they showed that they read mail to this address, or an admin answered for it. */
  emailVerifiedAt: Date | null;
  /** When they were to be forgotten, and when the last trace of them was redacted. */
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
  /** Somebody answers for the address; else its user has to show that they read mail to it. */
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

/** The user with some fields changed; the same one, and no change, when nothing is different. */
export function changeUser(
  user: User,
  command: {
    patch: Partial<Pick<User, "name" | "role" | "status" | "passwordHash" | "emailVerifiedAt" | "erasedAt">>;
    actorId: string | null;
    eventId: string;
  },
  now: Date,
): { user: User; change: Change | null } {
  const next: User = { ...user, ...command.patch, version: user.version + 1, updatedAt: now };
  const passwordChanged = next.passwordHash !== user.passwordHash;
  const changes = changesBetween(withoutSecrets(user), withoutSecrets(next));
  if (!passwordChanged && Object.keys(changes).length === 0) return { user, change: null };
  const type = passwordChanged ? "user.password_changed" : "user.updated";
  const event = newEvent(
    "user",
    next,
    { id: command.eventId, type, actorId: command.actorId, data: { changes } },
    now,
  );
  return { user: next, change: { insert: { events: [event] }, update: { users: [next] } } };
}

function withoutSecrets({ passwordHash: _, ...rest }: User): Omit<User, "passwordHash"> {
  return rest;
}
