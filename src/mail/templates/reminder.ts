import { html } from "hono/html";
import type { OutgoingMail } from "../../ports/mailer.ts";
import { mailPage } from "./page.ts";

type Values = Record<"message" | "bookingId" | "title" | "start" | "end", string> & {
  /** Without one, the mail has no line for it. */
  location: string | null;
};

/** A reminder: the message in one sentence, then what is booked, from when to when, and where. */
export function reminderTemplate(values: Values): Pick<OutgoingMail, "text" | "html"> {
  return { text: asText(values), html: asHtml(values) };
}

function asText({ message, bookingId, title, location, start, end }: Values): string {
  return `${message}


What:  ${title}
From:  ${start}
To:    ${end}
${location ? `Where: ${location}\n` : ""}
You are receiving this because the booking is yours. Its id is ${bookingId}.
`;
}

function asHtml({ message, bookingId, title, location, start, end }: Values): string {
  return mailPage(
    title,
    html`<p>${message}</p>
    <table role="presentation" style="border-collapse: collapse">
      ${row("What", html`<strong>${title}</strong>`)}
      ${row("From", start)}
      ${row("To", end)}
      ${location ? row("Where", location) : ""}
    </table>
    <p style="color: #5b6470; font-size: .85em">You are receiving this because the booking is yours. Its id is ${bookingId}.</p>`,
  );
}

function row(name: string, value: string | ReturnType<typeof html>) {
  return html`<tr><td style="padding: .2rem 1rem .2rem 0; color: #5b6470">${name}</td><td>${value}</td></tr>`;
}
