import type { OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../process/version.ts";
import { exampleProblem } from "../pages/problems/example.ts";
import type { Env } from "./env.ts";
import { type ProblemCode, problems } from "./problem.ts";

type Operation = {
  operationId?: string;
  parameters?: object[];
  "x-idempotent"?: boolean;
};

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 255 },
  description: "Makes a retry safe: for 7 days, a key returns its first successful answer again.",
};

/** Throws for an operation that does not say who may call it: the program does not start with one. */
export function requireDeclarations(app: OpenAPIHono<Env>): void {
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== "route" || "x-access" in definition.route) continue;
    const { method, path } = definition.route;
    throw new Error(`${method} ${path} does not declare who may call it.`);
  }
}

/** The OpenAPI 3.1 document of everything that is routed. */
export function buildDocument(app: OpenAPIHono<Env>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The `accessToken` that register, login and refresh return.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description:
      "An API key that an admin created, with the scope that `x-scope` names. You can also send it as a bearer token.",
  });
  for (const code of Object.keys(problems) as ProblemCode[]) {
    // No operation answers this one: it is for a method that no operation has.
    if (code === "method_not_allowed") continue;
    app.openAPIRegistry.registerComponent("examples", code, {
      summary: problems[code].title,
      value: exampleProblem(code),
    });
  }
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Booking",
      version,
      description: "Bookings that can never overlap. `/api/booking` is an alias of `/api/bookings`.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/" }],
  });
  for (const operations of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(operations as Record<string, Operation>)) {
      if (operation["x-idempotent"]) operation.parameters = [...(operation.parameters ?? []), idempotencyKey];
      delete operation["x-idempotent"];
    }
  }
  return document;
}
