/** A mail to one person. `id` is its idempotency key and becomes its Message-ID. */
export type OutgoingMail = {
  id: string;
  to: { name: string; email: string };
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
