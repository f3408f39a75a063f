import { swaggerUI } from "@hono/swagger-ui";
import { Hono } from "hono";
import type { Runtime } from "../../runtime.ts";
import { pagePolicy } from "../page-policy.ts";

/** Replaces the package's own markup, which loads from a CDN and starts with an inline script. */
const markup = `<link rel="icon" href="data:," />
<link rel="stylesheet" href="/api/swagger-ui.css" />
<link rel="stylesheet" href="/api/swagger-page.css" />
<div id="swagger-ui"></div>
<script src="/api/swagger-ui-bundle.js"></script>
<script src="/api/swagger-set-up.js"></script>`;

const setUp = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
});`;

/** Tables keep their width and scroll by themselves, so that the page fits a phone whatever its fonts are. */
const pageStyles = `body { margin: 0; }
.swagger-ui .opblock-section, .swagger-ui .responses-inner { overflow-x: auto; }`;

const ours = [
  { name: "swagger-page.css", text: pageStyles, type: "text/css" },
  { name: "swagger-set-up.js", text: setUp, type: "text/javascript" },
];
const theirs = [
  { name: "swagger-ui.css", type: "text/css" },
  { name: "swagger-ui-bundle.js", type: "text/javascript" },
] as const;

/** Swagger UI at `/api/`. Everything comes from this instance; the policy blocks everything else. */
export function swaggerRoutes({ swaggerFile }: Runtime) {
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
  app.get(
    "/api/",
    swaggerUI({ title: "Booking API", url: "/api/openapi.json", manuallySwaggerUIHtml: () => markup }),
  );
  app.get("/api", (c) => c.redirect("/api/", 308));
  // Browsers ask for it before they have read the page, which says that there is none.
  app.get("/favicon.ico", (c) => c.body(null, 204, { "Cache-Control": "public, max-age=86400" }));
  const headers = (type: string) => ({ "Content-Type": type, "Cache-Control": "public, max-age=3600" });
  for (const { name, text, type } of ours) app.get(`/api/${name}`, (c) => c.body(text, 200, headers(type)));
  for (const { name, type } of theirs)
    app.get(`/api/${name}`, async (c) => c.body(await swaggerFile(name), 200, headers(type)));
  return app;
}
