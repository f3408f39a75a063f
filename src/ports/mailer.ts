/**
 * A mail to one address, without the name that somebody gave it. `id` is its idempotency key; over SMTP it is also the
 * Message-ID.
 */
export type OutgoingMail = {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  calendar?: string;
};

/** Sends mail; it throws what `Notifier.send` throws. */
export interface Mailer {
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}
