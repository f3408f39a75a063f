import { html } from "hono/html";

/** The HTML document of a mail. The title is escaped; `content` is what `html` returns, with its values escaped. */
export function mailPage(title: string, content: ReturnType<typeof html>): string {
  const page = html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${title}</title></head>
  <body style="font: 16px/1.5 system-ui, sans-serif; color: #1c2024; max-width: 36rem; margin: 0 auto; padding: 1rem">
    ${content}
  </body>
</html>
`;
  // `html` returns a promise only if a value is one, and a mail has no such value.
  return String(page);
}
