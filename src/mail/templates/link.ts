import { html } from "hono/html";
import type { OutgoingMail } from "../../ports/mailer.ts";
import { mailPage } from "./page.ts";

type Values = Record<"subject" | "why" | "action" | "life" | "otherwise" | "url", string>;

/** A mail with one link: why it comes, what the link does, and how long it works. */
export function linkTemplate(values: Values): Pick<OutgoingMail, "text" | "html"> {
  return { text: asText(values), html: asHtml(values) };
}

function asText({ why, url, life, otherwise }: Values): string {
  return `Hello,

${why}

${url}


The link works once, ${life}. ${otherwise}
`;
}

function asHtml({ subject, why, action, url, life, otherwise }: Values): string {
  return mailPage(
    subject,
    html`<p>Hello,</p>
    <p>${why}</p>
    <p><a href="${url}" style="display: inline-block; padding: .6rem 1rem; background: #0b57d0; color: #fff; border-radius: .4rem; text-decoration: none">${action}</a></p>
    <p style="color: #5b6470; font-size: .85em; word-break: break-all">Or open ${url}</p>
    <p style="color: #5b6470; font-size: .85em">The link works once, ${life}. ${otherwise}</p>`,
  );
}
