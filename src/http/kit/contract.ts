import type { z } from "@hono/zod-openapi";

type Header = { schema: { type: "string" }; description: string; example?: string };
type Headers = Record<string, Header>;

function json<S extends z.ZodType>(schema: S) {
  return { "application/json": { schema } };
}

/** The part of a `request` that is its JSON body. An absent one is refused, or with `optionalBody` read as `{}`. */
export function body<S extends z.ZodType>(schema: S) {
  return { body: { required: true, content: json(schema) } };
}

export function optionalBody<S extends z.ZodType>(schema: S) {
  return { body: { required: false, content: json(schema) } };
}

/** An answer with a JSON body, by its status. Several are spread into one `responses`. */
export function answer<N extends number, S extends z.ZodType>(
  status: N,
  schema: S,
  description: string,
  headers?: Headers,
) {
  const found = { description, content: json(schema), ...(headers ? { headers } : {}) };
  return { [status]: found } as Record<N, typeof found>;
}

export function ok<S extends z.ZodType>(schema: S, description: string, headers?: Headers) {
  return answer(200, schema, description, headers);
}

export function created<S extends z.ZodType>(schema: S, description: string, headers?: Headers) {
  return answer(201, schema, description, headers);
}

/** It will be done after the answer. */
export function accepted(description: string) {
  return { 202: { description } };
}

export function noContent(description: string) {
  return { 204: { description } };
}

/** The answer's `ETag`, which `If-Match` of a later change takes. */
export function withVersion(description = "The version."): Headers {
  return { ETag: { schema: { type: "string" }, description, example: '"1"' } };
}

/** The path of what was created. */
export const withLocation: Headers = {
  Location: { schema: { type: "string" }, description: "Its path." },
};
