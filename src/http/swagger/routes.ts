import { Hono } from "hono";
import { html } from "hono/html";
import styles from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundle from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { pagePolicy } from "../page-policy.ts";

/** Kept out of the page, so that no inline script has to be allowed. */
const initializer = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
});`;

const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Booking API</title>
    <link rel="icon" href="data:," />
    <style>
      body { margin: 0; }
    </style>
    <link rel="stylesheet" href="/api/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/swagger-ui-bundle.js"></script>
    <script src="/api/swagger-initializer.js"></script>
  </body>
</html>`;

/** Swagger UI at `/api/`, whole from this instance: the policy lets nothing in from outside. */
export function swaggerRoutes() {
  const app = new Hono();
  // Swagger UI sets style attributes, and draws its icons from data URLs.
  app.use(
    "/api/",
    pagePolicy({
      style: "'self' 'unsafe-inline'",
      script: "'self'",
      image: "'self' data:",
      connect: "'self'",
    }),
  );
  app.get("/api/", (c) => c.html(page));
  app.get("/api", (c) => c.redirect("/api/", 308));
  app.get("/api/swagger-initializer.js", (c) =>
    c.body(initializer, 200, { "Content-Type": "text/javascript" }),
  );
  for (const [name, path, type] of [
    ["swagger-ui-bundle.js", bundle, "text/javascript"],
    ["swagger-ui.css", styles, "text/css"],
  ] as const) {
    app.get(`/api/${name}`, (c) =>
      c.body(Bun.file(path).stream(), 200, { "Content-Type": type, "Cache-Control": "public, max-age=3600" }),
    );
  }
  return app;
}
