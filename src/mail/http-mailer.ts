import type { Mailer, OutgoingMail } from "../ports/mailer.ts";
import { ChannelFault, sendWithinMs, Undeliverable } from "../ports/notifier.ts";
import { outagePause, unreachable } from "./outage-pause.ts";

type Options = {
  /** Where mails are posted: `https://api.resend.com/emails`, or what takes the same requests. */
  url: string;
  /** What we identify ourselves with there: a secret, in visible ASCII characters. */
  key: string;
  /** `Name <address>`, or only an address. */
  from: string;
  fetch?: (url: string, request: RequestInit) => Promise<Response>;
};

/**
 * Mail over HTTP, in the form of Resend's `POST /emails`: one request per mail, on any runtime. The service sends a mail
 * once, however often it gets its id within a day (https://resend.com/docs/dashboard/emails/idempotency-keys).
 * Redirects are not followed, since they would take the mail elsewhere. Throws if no header can hold the key.
 */
export function httpMailer({ url, key, from, fetch: ask = fetch }: Options): Mailer {
  // A runtime's own error about such a header may show the key.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Error("The key of the mail server has characters that no key has.");
  const pause = outagePause();
  return {
    send: async (mail) => {
      pause.check();
      const signal = AbortSignal.timeout(sendWithinMs);
      const request = { ...requestOf(mail, { key, from }), redirect: "manual", signal } as const;
      const answer = await ask(url, request).catch((cause) => {
        pause.begin();
        const reason = signal.aborted ? "The mail server did not answer in time." : unreachable;
        throw new ChannelFault(reason, { cause });
      });
      await conclude(answer);
    },
    close: () => {},
  };
}

function requestOf(mail: OutgoingMail, { key, from }: { key: string; from: string }) {
  return {
    method: "POST",
    headers: {
      Authorization: `Bearer ${key}`,
      "Content-Type": "application/json",
      "Idempotency-Key": mail.id,
      // Resend refuses requests without one, and not every runtime sends one of its own.
      "User-Agent": "booking",
    },
    body: JSON.stringify(asJson(mail, from)),
  };
}

function asJson({ id, to, subject, text, html, calendar }: OutgoingMail, from: string): object {
  const attachment = calendar && {
    filename: "booking.ics",
    content: base64(calendar),
    // RFC 5545, 3.1.4: the character set must be named.
    content_type: "text/calendar; charset=utf-8; method=PUBLISH",
  };
  return {
    from,
    to: [to],
    subject,
    text,
    html,
    headers: { "Idempotency-Key": id },
    attachments: attachment ? [attachment] : [],
  };
}

/** Of the UTF-8 bytes of a text, with what every runtime has. */
function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Refusals that are not about the mail but about our key or sender (401, 403), or the moment: try again. */
const repeatable = [401, 403, 408, 409, 425, 429];

/** Throws unless the mail is sent. Reports only the refusal's status code: its text could contain anything. */
async function conclude(answer: Response): Promise<void> {
  const { status } = answer;
  // Read in any case: only then can the connection serve the next mail.
  const words = await answer.text().catch(() => "");
  if (answer.ok || (status === 409 && isRepetition(words))) return;
  if (status >= 400 && status < 500 && !repeatable.includes(status))
    throw new Undeliverable(`The mail server refuses this mail for good (${status}).`);
  throw new ChannelFault(`The mail server did not take this mail (${status}).`);
}

/**
 * Whether the service has sent a mail with this id already, but with other words: an earlier attempt got through and
 * its answer did not, and since then the time that is left, which a reminder states, has changed.
 */
function isRepetition(words: string): boolean {
  return words.includes('"invalid_idempotent_request"');
}
