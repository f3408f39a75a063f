import { createHash } from "node:crypto";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { notFound } from "../../../domain/refusal.ts";
import { type ProblemCode, problems } from "../../kit/problem.ts";
import { pagePolicy } from "../page-policy.ts";
import { exampleProblem } from "./example.ts";
import { problemPages } from "./pages.ts";

const style = `
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #1c2024; background: #fff; }
h1 { line-height: 1.2; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #f3f4f6; padding: 1rem; border-radius: .4rem; overflow-x: auto; } a { color: #0b57d0; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e8eb; } pre { background: #22252b; } a { color: #8ab4f8; } }
`;
const styleHash = createHash("sha256").update(style).digest("base64");

const styleElement = raw(`<style>${style}</style>`);

/** The pages that the `type` of a problem points to, and a list of them. */
export function problemRoutes() {
  const app = new Hono();
  app.use("/problems/*", pagePolicy({ style: `'sha256-${styleHash}'` }));
  app.get("/problems/", (c) => c.html(document("Problems", list())));
  app.get("/problems", (c) => c.redirect("/problems/", 308));
  app.get("/problems/:code", (c) => {
    const code = c.req.param("code");
    if (!Object.hasOwn(problemPages, code)) throw notFound();
    return c.html(document(problems[code as ProblemCode].title, page(code as ProblemCode)));
  });
  return app;
}

function list() {
  const codes = Object.keys(problemPages) as ProblemCode[];
  return html`<p>Every refusal of this API has one of these codes.</p>
    <ul>
      ${codes.map((code) => html`<li><a href="/problems/${code}"><code>${code}</code></a> ${problems[code].title}</li>`)}
    </ul>`;
}

function page(code: ProblemCode) {
  const { status } = problems[code];
  const { meaning, causes, remedy } = problemPages[code];
  return html`<p><code>${status} ${code}</code></p>
    <p>${meaning}</p>
    <h2>Why it happens</h2>
    <ul>
      ${causes.map((cause) => html`<li>${cause}</li>`)}
    </ul>
    <h2>What to do</h2>
    <p>${remedy}</p>
    <h2>Example</h2>
    <pre>${JSON.stringify(exampleProblem(code), null, 2)}</pre>
    <p><a href="/problems/">All problems</a></p>`;
}

function document(title: string, content: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Booking</title>
        ${styleElement}
      </head>
      <body>
        <h1>${title}</h1>
        ${content}
      </body>
    </html>`;
}
