import { OpenAPIHono, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../domain/actor.ts";
import { type Access, type Operation, permissionOf } from "../../domain/permissions.ts";
import type { RefusalCode } from "../../domain/refusal.ts";
import type { Context } from "../../operations/context.ts";
import { callerLimits } from "../middleware/caller-limits.ts";
import { guard } from "../middleware/guard.ts";
import { idempotency, noIdempotencyKey } from "../middleware/idempotency.ts";
import type { Env } from "./env.ts";
import { type ProblemCode, problems } from "./problem.ts";
import { IdPath, Problem } from "./schemas.ts";
import { validation } from "./validation.ts";

type Declaration = RouteConfig & {
  /** Its name in `permissions`, which says who may call it. */
  operationId: Operation;
  summary: string;
  tags: [string];
  /** Its own refusals; those of its access, body and path id are added. */
  refusals?: RefusalCode[];
  /** Takes `Idempotency-Key`. */
  idempotent?: boolean;
};

type Marks = {
  operationId: Operation;
  "x-access": Access;
  "x-idempotent": boolean;
  "x-scope"?: Scope;
};

/** What a path with `{id}` asks of a request. */
type Path<P extends string> = P extends `${string}{id}${string}`
  ? { request: { params: typeof IdPath } }
  : unknown;

/** Unknown query parameters are refused everywhere. Made once: schemas are a large part of the startup time. */
const noQuery = z.strictObject({});

/** Declares an operation: its schemas, who may call it, and every answer it can give. */
export function endpoint<const D extends Declaration>(declaration: D): D & Marks & Path<D["path"]> {
  const { refusals = [], idempotent = false, ...route } = declaration;
  const { access, scope } = permissionOf(route.operationId);
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
    request: {
      query: noQuery,
      ...(hasId(route.path) ? { params: IdPath } : {}),
      ...route.request,
    },
    responses: { ...Object.fromEntries(refused), ...route.responses },
    security: access === "public" ? [] : [{ bearer: [] }, ...(scope ? [{ apiKey: [] }] : [])],
    "x-access": access,
    ...(scope ? { "x-scope": scope } : {}),
    "x-idempotent": idempotent,
  };
  return declared as unknown as D & Marks & Path<D["path"]>;
}

function hasId(path: string): boolean {
  return path.includes("{id}");
}

/** One for each code, from the document's components. */
function examplesOf(codes: ProblemCode[]): Record<string, { $ref: string }> {
  return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}

function impliedRefusals({ operationId, request, idempotent, path }: Declaration): ProblemCode[] {
  const { access } = permissionOf(operationId);
  return [
    "internal",
    "unavailable",
    "validation_failed",
    ...(access === "public" ? [] : (["unauthenticated", "token_expired"] as const)),
    ...(access === "public" ? [] : (["forbidden", "rate_limited"] as const)),
    ...(request?.body ? (["malformed_json", "body_too_large", "unsupported_media_type"] as const) : []),
    ...(hasId(path) ? (["not_found"] as const) : []),
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
      guard(context, route.operationId),
      ...(route["x-access"] === "public" ? [] : [limitCaller]),
      ...(route["x-idempotent"] ? [idempotency(context, route.operationId)] : []),
      ...(route.method === "post" && !route["x-idempotent"] ? [noIdempotencyKey] : []),
      validation(route),
    ];
    app.openAPIRegistry.registerPath(route);
    app.on([route.method], [route.path.replaceAll(/\{(\w+)\}/g, ":$1")], ...steps, handler as never);
  };
  return { app, on };
}
