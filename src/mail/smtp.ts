import { createTransport } from "nodemailer";
import type { Mailer } from "../ports/mailer.ts";
import { ChannelFault, sendWithinMs, Undeliverable } from "../ports/notifier.ts";
import { outagePause, unreachable } from "./outage-pause.ts";

type Options = { url: string; from: string };

/** Mail over SMTP, on a few connections that stay open. */
export function smtpMailer({ url, from }: Options): Mailer {
  const transport = createTransport(
    {
      url,
      pool: true,
      maxConnections: 5,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 10_000,
    } as never,
    { from },
  );
  const host = addressOf(from).split("@")[1] ?? "localhost";
  const pause = outagePause();
  return {
    send: async ({ id, to, subject, text, html, calendar }) => {
      pause.check();
      const sent = transport.sendMail({
        messageId: `<${id}@${host}>`,
        headers: { "Idempotency-Key": id },
        to: { name: "", address: to },
        subject,
        text,
        html,
        ...(calendar ? { icalEvent: { method: "PUBLISH", filename: "booking.ics", content: calendar } } : {}),
      });
      await withinTime(sent).catch((error) => {
        const fault = asFault(error);
        if (fault instanceof ChannelFault && isOutage(error)) pause.begin();
        throw fault;
      });
    },
    close: () => transport.close(),
  };
}

/** The address in `Name <address>`, or the text itself. */
export function addressOf(from: string): string {
  return from.match(/<([^<>]+)>\s*$/)?.[1] ?? from;
}

async function withinTime(sent: Promise<unknown>): Promise<void> {
  const late = new ChannelFault("The mail server did not answer in time.");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), sendWithinMs);
  });
  await Promise.race([sent, deadline]).finally(() => clearTimeout(timer));
}

type SmtpError = Error & { code?: string; responseCode?: number };

/** A permanent refusal (RFC 5321, 4.2.1: replies of 500 and up) is not tried again, except one of our own login. */
function asFault(error: SmtpError): Error {
  if (error instanceof ChannelFault) return error;
  const { responseCode = 0, code } = error;
  if (responseCode >= 500 && code !== "EAUTH") {
    return new Undeliverable(`The mail server refuses this mail for good (${responseCode}).`, {
      cause: error,
    });
  }
  const reason = isOutage(error)
    ? unreachable
    : `The mail server did not take this mail (${responseCode || code || "?"}).`;
  return new ChannelFault(reason, { cause: error });
}

function isOutage({ code }: SmtpError): boolean {
  return ["ECONNECTION", "ECONNREFUSED", "ECONNRESET", "ESOCKET", "ETIMEDOUT", "EDNS"].includes(code ?? "");
}
