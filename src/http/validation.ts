import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { type FieldError, notFound, Refusal } from "../domain/refusal.ts";
import type { Env } from "./api.ts";

type Target = "json" | "query" | "param" | "header";

/**
 * Holds a request against the schemas of its route, in one step: query, path, headers, body. What is valid is what
 * `c.req.valid` gives; a malformed id in the path is 404, all else 400. zod-openapi's own validators are a layer each, and
 * look at all that a request has, not at what the route declares.
 */
export function validation({ request = {} }: RouteConfig): MiddlewareHandler<Env> {
  const { query, params, headers, body } = request as Schemas;
  const json = body?.content["application/json"]?.schema;
  const names = Object.keys(headers?.shape ?? {});
  return async (c, next) => {
    if (query) keep(c, "query", query, c.req.url.includes("?") ? queryOf(c) : {});
    if (params) keep(c, "param", params, c.req.param());
    if (headers)
      keep(c, "header", headers, Object.fromEntries(names.map((name) => [name, c.req.header(name)])));
    if (json) keep(c, "json", json, await jsonOf(c));
    return next();
  };
}

type Schemas = {
  query?: z.ZodObject;
  params?: z.ZodObject;
  headers?: z.ZodObject;
  body?: { content: { "application/json"?: { schema: z.ZodType } } };
};

function keep(c: HonoContext<Env>, target: Target, schema: z.ZodType, value: unknown): void {
  const outcome = schema.safeParse(value);
  if (!outcome.success) throw refusalOf(outcome.error, target);
  c.req.addValidatedData(target, outcome.data as object);
}

/** A parameter that is given more than once is a list, which no schema takes where one is wanted. */
function queryOf(c: HonoContext<Env>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  ) as Record<string, string | string[]>;
}

/** The body as JSON. Where there is none it is an empty object: the schema says whether that will do. */
async function jsonOf(c: HonoContext<Env>): Promise<unknown> {
  const text = await c.req.text();
  const type = c.req.header("Content-Type");
  if (text === "" && type === undefined) return {};
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type ?? "")) throw new HTTPException(415);
  try {
    return JSON.parse(text);
  } catch {
    throw new HTTPException(400);
  }
}

function refusalOf(error: z.core.$ZodError, target: Target): Refusal {
  if (target === "param") return notFound();
  const errors = error.issues.flatMap((issue) => fieldErrors(issue, target === "json"));
  return new Refusal("validation_failed", summary(errors), { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, inBody: boolean): FieldError[] {
  const paths =
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  const detail = issue.code === "unrecognized_keys" ? "There is no such field." : issue.message;
  return paths.map((path) =>
    inBody ? { pointer: pointer(path), detail } : { parameter: String(path[0] ?? ""), detail },
  );
}

/** RFC 6901. */
function pointer(path: PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function summary(errors: FieldError[]): string {
  const [first] = errors;
  if (!first) return "The request is not valid.";
  const where = "pointer" in first ? first.pointer || "the body" : first.parameter;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `${where}: ${first.detail}${more}`;
}
