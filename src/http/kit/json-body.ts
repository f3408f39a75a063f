import type { Context as HonoContext } from "hono";
import { HTTPException } from "hono/http-exception";
import { invalidField, Refusal } from "../../domain/refusal.ts";
import { JsonFault, readJson } from "../../lib/read-json.ts";
import type { Env } from "./env.ts";

/**
 * The body of a request as JSON; undefined when there is none. Everything that looks into a body reads it here, so that
 * no spelling of its type bypasses the checks. Read once, however many ask.
 */
export function jsonBody(c: HonoContext<Env>): Promise<unknown> {
  const known = c.get("jsonBody");
  if (known) return known;
  const reading = read(c);
  c.set("jsonBody", reading);
  return reading;
}

async function read(c: HonoContext<Env>): Promise<unknown> {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength === 0) return undefined;
  if (!isJson(c.req.header("Content-Type") ?? "")) throw new HTTPException(415);
  try {
    return readJson(decode(bytes));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw error.pointer === undefined
      ? new Refusal("malformed_json", error.message, {})
      : invalidField(error.pointer, error.message);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: ArrayBuffer): string {
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    throw new JsonFault("The body is not UTF-8. Encode it as UTF-8.");
  }
  if (text.startsWith("\ufeff")) throw new JsonFault("The body begins with a byte order mark. Leave it out.");
  return text;
}

/** `application/json` or a type with the suffix `+json`, in UTF-8 (RFC 8259, 8.1); names are read in either case. */
function isJson(contentType: string): boolean {
  const [type = "", ...parameters] = contentType.split(";");
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.trim())) return false;
  const charsets = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/i.exec(parameter)?.[1]);
  return charsets.every((charset) => charset === undefined || /^utf-?8$/i.test(charset));
}
