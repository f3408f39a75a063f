import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { changeUser, type User } from "../people/user.ts";
import { invalidField, type Refusal } from "../refusal.ts";
import { type Delivery, newDelivery } from "./delivery.ts";

declare module "../change.ts" {
  interface Rows {
    mails: Mail;
  }
}

export type MailPurpose = "verify_email" | "reset_password";

/** A mail about an account, with a link that works once. The link's token is made when it is sent; it is not stored. */
export type Mail = Delivery & { userId: string; purpose: MailPurpose; expiresAt: Date; usedAt: Date | null };

const lifeHours: Record<MailPurpose, number> = { verify_email: 48, reset_password: 1 };

/** If requested again within this time, nothing more is sent. */
const quietMs = 60_000;

/**
 * A mail to a user, at once; null if one of the kind has just been created. `unused` are the mails that they already
 * have.
 */
export function planMail(
  { now, newId }: Pick<By, "now" | "newId">,
  user: User,
  { purpose, unused }: { purpose: MailPurpose; unused: Mail[] },
): { mail: Mail; change: Change } | null {
  const recent = (mail: Mail) =>
    mail.purpose === purpose && now.getTime() - mail.createdAt.getTime() < quietMs;
  if (unused.some(recent)) return null;
  const expiresAt = new Date(now.getTime() + lifeHours[purpose] * 3_600_000);
  const delivery = newDelivery({ id: newId(), organizationId: user.organizationId, dueAt: now }, now);
  const mail: Mail = { ...delivery, userId: user.id, purpose, expiresAt, usedAt: null };
  return { mail, change: { insert: { mails: [mail] } } };
}

/** The links that stop working: spent ones, and all that a new password outdates. */
export function spendMails(mails: Mail[], now: Date): Change {
  return { spendMails: mails.map((mail) => ({ mailId: mail.id, at: now })) };
}

/** Refuses a link that was used, has expired, or is for something else: one answer for all. */
export function refuseLink(mail: Mail | null, purpose: MailPurpose, now: Date): Refusal | null {
  if (mail && mail.purpose === purpose && !mail.usedAt && mail.expiresAt > now) return null;
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
