import { Hono } from "hono";
import { html } from "hono/html";
import { pagePolicy } from "../page-policy.ts";

const style = `
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1c2024; background: #fff; }
h1 { line-height: 1.2; font-size: 1.5rem; } label { display: block; margin-bottom: .3rem; }
input, button { font: inherit; padding: .6rem .8rem; border-radius: .4rem; border: 1px solid #b6bec9; box-sizing: border-box; width: 100%; }
button { margin-top: 1rem; background: #0b57d0; border-color: #0b57d0; color: #fff; cursor: pointer; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e8eb; } input { background: #22252b; color: inherit; } }
`;

/** The token follows the `#`: it is sent only in a body, when the person asks for it. */
const script = `
const form = document.querySelector("form");
const result = document.querySelector("[role=status]");
if (location.hash.length < 2) {
  form.hidden = true;
  result.textContent = "Open the link from the mail.";
}
// The link may be pasted over this page's own address.
addEventListener("hashchange", () => location.reload());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { token: location.hash.slice(1), ...Object.fromEntries(new FormData(form)) };
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) {
    form.hidden = true;
    result.textContent = form.dataset.done;
    history.replaceState(null, "", location.pathname);
  } else {
    const problem = await answer?.json().catch(() => null);
    const [fault] = problem?.errors ?? [];
    const isBadLink = fault?.pointer === "/token" || answer?.status === 401;
    const text = fault?.detail ?? problem?.detail ?? "It did not work. Try again shortly.";
    result.textContent = isBadLink ? text + " " + form.dataset.again : text;
  }
});`;

/** The pages that the links in mails lead to. An app may serve its own at the same paths. */
export function accountPages() {
  const app = new Hono();
  app.use("/account/*", pagePolicy({ style: "'self'", script: "'self'", image: "data:", connect: "'self'" }));
  app.use("/account/*", async (c, next) => {
    await next();
    c.res.headers.set("Referrer-Policy", "no-referrer");
  });
  app.get("/account/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css" }));
  app.get("/account/script.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript" }));
  app.get("/account/verify-email", (c) =>
    c.html(
      page(
        "Confirm your email address",
        html`<form
          action="/api/auth/verify-email"
          data-done="Thank you: your address is confirmed."
          data-again="To get one, sign in to the app and ask for the mail again (POST /api/auth/verify-email/resend)."
        >
          <button>Confirm the address</button>
        </form>`,
      ),
    ),
  );
  app.get("/account/reset-password", (c) =>
    c.html(
      page(
        "Choose a new password",
        html`<form
          action="/api/auth/reset-password"
          data-done="Your new password is set. Sign in with it."
          data-again="To get one, choose “forgot password” where you sign in (POST /api/auth/forgot-password)."
        >
          <label for="password">New password, 8 characters at least</label>
          <input id="password" name="newPassword" type="password" minlength="8" autocomplete="new-password" required />
          <button>Set the password</button>
        </form>`,
      ),
    ),
  );
  return app;
}

function page(title: string, form: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/account/style.css" />
      </head>
      <body>
        <h1>${title}</h1>
        ${form}
        <p role="status"></p>
        <script src="/account/script.js"></script>
      </body>
    </html>`;
}
