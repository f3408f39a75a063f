import { z } from "@hono/zod-openapi";
import type { Json } from "../../domain/event.ts";

type Convert = (value: never) => unknown;

/**
 * Shows a thing as a schema of the API describes it: the schema's own fields and no other, at every level, with
 * instants as RFC 3339 text. What comes from the log has them as text already, and stays as it is. The types say that
 * the thing has the fields; nothing is checked at run time.
 */
export function present<S extends z.ZodObject>(schema: S): (thing: z.output<S>) => Json<z.output<S>> {
  return picking(schema) as never;
}

/** How to show a value of a schema; null for as it is. Throws for a schema in which a field could hide. */
function converterOf(schema: unknown): Convert | null {
  if (schema instanceof z.ZodObject) return picking(schema);
  if (schema instanceof z.ZodDate) return instantText;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return converterOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return each(converterOf(schema.element));
  if (schema instanceof z.ZodRecord) return eachValue(converterOf(schema.valueType));
  if (schema instanceof z.ZodUnion && schema.options.every((option) => converterOf(option) === null))
    return null;
  if (leaves.some((leaf) => schema instanceof leaf)) return null;
  throw new Error(`present() can't follow a schema of the type ${(schema as z.ZodType).type}.`);
}

const leaves = [
  z.ZodString,
  z.ZodStringFormat,
  z.ZodNumber,
  z.ZodBoolean,
  z.ZodEnum,
  z.ZodLiteral,
  z.ZodUnknown,
];

/** The fields are listed once, when the program starts: this runs for every row of every answer. */
function picking(schema: z.ZodObject): (thing: Record<string, unknown>) => Record<string, unknown> {
  const keys = Object.keys(schema.shape);
  const converters = keys.map((key) => converterOf(schema.shape[key]));
  return (thing) => {
    const shown: Record<string, unknown> = {};
    for (let n = 0; n < keys.length; n += 1) {
      const key = keys[n] as string;
      const value = thing[key];
      const convert = converters[n];
      if (value !== undefined) shown[key] = convert && value !== null ? convert(value as never) : value;
    }
    return shown;
  };
}

function instantText(instant: Date | string): string {
  return typeof instant === "string" ? instant : instant.toISOString();
}

function each(convert: Convert | null): Convert | null {
  return convert && ((values: never[]) => values.map((value) => convert(value)));
}

function eachValue(convert: Convert | null): Convert | null {
  return (
    convert &&
    ((values: Record<string, never>) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, convert(value)])))
  );
}
