import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { type FieldError, invalidInput, invalidParameter, notFound, Refusal } from "../../domain/refusal.ts";
import { describeFault } from "../../lib/input-faults.ts";
import { jsonPointer } from "../../lib/read-json.ts";
import type { Env } from "./env.ts";
import { jsonBody } from "./json-body.ts";

type Target = "json" | "query" | "param" | "header";

/**
 * Checks a request against the schemas of its route, in one step: query, path, headers, body. `c.req.valid` returns the
 * valid parts; a malformed id in the path is 404, everything else 400. zod-openapi's own validators are a layer each,
 * and look at everything in the request, not only at what the route declares.
 */
export function validation({ request = {} }: RouteConfig): MiddlewareHandler<Env> {
  const { query, params, headers, body } = request as Schemas;
  const json = body?.content["application/json"]?.schema;
  const names = Object.keys(headers?.shape ?? {});
  return async (c, next) => {
    if (query) keep(c, "query", query, c.req.url.includes("?") ? queryOf(c.req.url) : {});
    if (params) keep(c, "param", params, c.req.param());
    if (headers)
      keep(c, "header", headers, Object.fromEntries(names.map((name) => [name, c.req.header(name)])));
    if (json) keep(c, "json", json, await bodyOf(c, body?.required));
    return next();
  };
}

type Schemas = {
  query?: z.ZodObject;
  params?: z.ZodObject;
  headers?: z.ZodObject;
  body?: { required?: boolean; content: { "application/json"?: { schema: z.ZodType } } };
};

function keep(c: HonoContext<Env>, target: Target, schema: z.ZodType, value: unknown): void {
  const outcome = schema.safeParse(value, { error: describeFault });
  if (!outcome.success) throw refusalOf(outcome.error, target);
  c.req.addValidatedData(target, outcome.data as object);
}

/** The query by name. Names are defined one by one, so that even `__proto__` is a name like any other. */
function queryOf(url: string): Record<string, string> {
  const pairs = [...new URLSearchParams(url.split("#", 1)[0]?.slice(url.indexOf("?")))];
  const names = pairs.map(([name]) => name);
  const repeated = names.find((name, n) => names.indexOf(name) !== n);
  if (repeated !== undefined) throw invalidParameter(repeated, "Send this parameter once.");
  return Object.fromEntries(pairs);
}

/** The body as JSON. An absent one is an empty object: the schema says what is missing, if anything is. */
async function bodyOf(c: HonoContext<Env>, required: boolean | undefined): Promise<unknown> {
  const value = await jsonBody(c);
  if (value !== undefined) return value;
  if (required && c.req.header("Content-Type") !== undefined)
    throw new Refusal("malformed_json", "The body is empty. Send a JSON object.", {});
  return {};
}

function refusalOf(error: z.core.$ZodError, target: Target): Refusal {
  if (target === "param") return notFound();
  return invalidInput(error.issues.flatMap((issue) => fieldErrors(issue, target)));
}

function fieldErrors(issue: z.core.$ZodIssue, target: Target): FieldError[] {
  const unknown = issue.code === "unrecognized_keys";
  const paths = unknown ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  if (target === "json") return paths.map((path) => ({ pointer: jsonPointer(path), detail: issue.message }));
  const kind = target === "header" ? "header" : "parameter";
  const detail = unknown
    ? "There is no such parameter."
    : issue.message.replace(missingField, `This ${kind} is`);
  return paths.map(([name]) => ({
    parameter: target === "header" ? headerName(name) : String(name ?? ""),
    detail,
  }));
}

/** How the sentence about a missing value begins, which speaks of a body. */
const missingField = /^This field is(?= required\.$)/;

/** A header as people write it: `if-match` is `If-Match`. */
function headerName(name: PropertyKey | undefined): string {
  return String(name ?? "").replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
