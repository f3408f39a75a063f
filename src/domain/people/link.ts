import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { invalidField, type Refusal } from "../refusal.ts";
import { newTask } from "../tasks/task.ts";
import { changeUser, type User } from "./user.ts";

declare module "../change.ts" {
  interface Rows {
    links: Link;
  }
}

export type LinkPurpose = "verify_email" | "reset_password";

/** A link that is mailed about an account, and works once. Its token is made when it is sent; it is not stored. */
export type Link = {
  id: string;
  organizationId: string;
  userId: string;
  purpose: LinkPurpose;
  expiresAt: Date;
  usedAt: Date | null;
  createdAt: Date;
};

/** The mail that brings a link. */
export const accountMailKind = "account-mail";

const lifeHours: Record<LinkPurpose, number> = { verify_email: 48, reset_password: 1 };

/** If requested again within this time, nothing more is sent. */
const quietMs = 60_000;

/**
 * A link for a user, to be mailed at once; null if one of the kind has just been created. `unused` are the links that
 * they already have.
 */
export function planLink(
  { now, newId }: Pick<By, "now" | "newId">,
  user: User,
  { purpose, unused }: { purpose: LinkPurpose; unused: Link[] },
): { link: Link; change: Change } | null {
  const recent = (link: Link) =>
    link.purpose === purpose && now.getTime() - link.createdAt.getTime() < quietMs;
  if (unused.some(recent)) return null;
  const { organizationId, id: userId } = user;
  const expiresAt = new Date(now.getTime() + lifeHours[purpose] * 3_600_000);
  const link: Link = {
    id: newId(),
    organizationId,
    userId,
    purpose,
    expiresAt,
    usedAt: null,
    createdAt: now,
  };
  const mail = { id: newId(), organizationId, kind: accountMailKind, subjectId: link.id, key: "" };
  const task = newTask({ ...mail, dueAt: now, data: {} }, now);
  return { link, change: { insert: { links: [link], tasks: [task] } } };
}

/** The links that stop working: spent ones, and all that a new password outdates. */
export function spendLinks(links: Link[], now: Date): Change {
  return { update: { links: links.map((link) => ({ ...link, usedAt: now })) } };
}

/** Refuses a link that was used, has expired, or is for something else: one answer for all. */
export function refuseLink(link: Link | null, purpose: LinkPurpose, now: Date): Refusal | null {
  if (link && link.purpose === purpose && !link.usedAt && link.expiresAt > now) return null;
  return badLink();
}

export function badLink(): Refusal<"validation_failed"> {
  const detail = "The link has been used, has expired, or is invalid. Request a new one.";
  return invalidField("/token", detail);
}

/** Marks an address as verified, because a mail to it was read. */
export function verifyEmail(by: By<Author>, user: User): Change | null {
  const patch = { emailVerifiedAt: user.emailVerifiedAt ?? by.now };
  return changeUser(by, user, { patch }).change;
}
