import { OpenAPIHono, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../domain/actor.ts";
import type { RefusalCode } from "../../domain/refusal.ts";
import type { Context } from "../../operations/context.ts";
import { callerLimits } from "../middleware/caller-limits.ts";
import { guard } from "../middleware/guard.ts";
import { idempotency, noIdempotencyKey } from "../middleware/idempotency.ts";
import type { Access, Env } from "./env.ts";
import { type ProblemCode, problems } from "./problem.ts";
import { Problem } from "./schemas.ts";
import { validation } from "./validation.ts";

type Declaration = RouteConfig & {
  operationId: string;
  summary: string;
  tags: [string];
  access: Access;
  /** The scope that an API key needs; without one, the operation is only for people. */
  scope?: Scope;
  /** Its own refusals; those of its access, body and path id are added. */
  refusals?: RefusalCode[];
  /** Takes `Idempotency-Key`. */
  idempotent?: boolean;
};

type Marks = { "x-access": Access; "x-idempotent": boolean; "x-scope"?: Scope };

/** Declares an operation: its schemas, who may call it, and every answer it can give. */
export function endpoint<const D extends Declaration>(declaration: D): D & Marks {
  const { access, scope, refusals = [], idempotent = false, ...route } = declaration;
  const codes = new Set<ProblemCode>([...impliedRefusals(declaration), ...refusals]);
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  const refused = [...byStatus].map(([status, group]) => [
    status,
    {
      description: group.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
      content: { "application/problem+json": { schema: Problem, examples: examplesOf(group) } },
    },
  ]);
  const declared = {
    ...route,
    // Unknown query parameters are refused everywhere.
    request: { query: z.strictObject({}), ...route.request },
    responses: { ...Object.fromEntries(refused), ...route.responses },
    security: access === "public" ? [] : [{ bearer: [] }, ...(scope ? [{ apiKey: [] }] : [])],
    "x-access": access,
    ...(scope ? { "x-scope": scope } : {}),
    "x-idempotent": idempotent,
  };
  return declared as unknown as D & Marks;
}

/** One for each code, from the document's components. */
function examplesOf(codes: ProblemCode[]): Record<string, { $ref: string }> {
  return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}

function impliedRefusals({ access, request, idempotent, path }: Declaration): ProblemCode[] {
  return [
    "internal",
    "unavailable",
    "validation_failed",
    ...(access === "public" ? [] : (["unauthenticated", "token_expired"] as const)),
    ...(access === "public" ? [] : (["forbidden", "rate_limited"] as const)),
    ...(request?.body ? (["malformed_json", "body_too_large", "unsupported_media_type"] as const) : []),
    ...(path.includes("{id}") ? (["not_found"] as const) : []),
    ...(idempotent ? (["idempotency_key_reused"] as const) : []),
  ];
}

/** A group of operations. `on` is the only way to add one, and it puts the guard in front of the handler. */
export function createApi(context: Context) {
  const limitCaller = callerLimits(context);
  const app = new OpenAPIHono<Env>();
  const on = <R extends RouteConfig & Marks>(
    route: R,
    handler: RouteHandler<R, Env>,
    ...before: MiddlewareHandler<Env>[]
  ) => {
    const steps = [
      ...before,
      guard(context, route["x-access"], route["x-scope"]),
      ...(route["x-access"] === "public" ? [] : [limitCaller]),
      ...(route["x-idempotent"] ? [idempotency(context, route.operationId ?? "")] : []),
      ...(route.method === "post" && !route["x-idempotent"] ? [noIdempotencyKey] : []),
      validation(route),
    ];
    app.openAPIRegistry.registerPath(route);
    app.on([route.method], [route.path.replaceAll(/\{(\w+)\}/g, ":$1")], ...steps, handler as never);
  };
  return { app, on };
}
