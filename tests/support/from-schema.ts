import fc from "fast-check";

/** JSON Schema as far as our OpenAPI document uses it. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  example?: unknown;
};

const hostileText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    "\u0000",
    "\ud800",
    "%",
    "\\",
    "a".repeat(300),
    "'; drop table bookings --",
    "../..",
    "=1+1",
  ),
  fc.constantFrom(
    "2030-01-01T01:00:00+23:59",
    "1900-01-01T00:00:00+14:00",
    "2016-12-31T23:59:60Z",
    "9000-12-31T23:59:59-23:59",
  ),
);
/** What fits nowhere, or only just. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(0, -1, 1e308, 2 ** 53, 0.5, null, true, [], {}, [[]]),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that a schema allows; with `spoil`, one part in so many is hostile, at every level. */
export function fromSchema(
  schema: Schema,
  components: Record<string, Schema>,
  spoil = 0,
): fc.Arbitrary<unknown> {
  const good = fitting(schema, components, spoil);
  return spoil > 0 ? fc.oneof({ weight: spoil, arbitrary: good }, { weight: 1, arbitrary: hostile }) : good;
}

function fitting(schema: Schema, components: Record<string, Schema>, spoil: number): fc.Arbitrary<unknown> {
  const of = (inner: Schema) => fromSchema(inner, components, spoil);
  if (schema.$ref) return of(components[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(of));
  if (schema.allOf?.[0]) return of(schema.allOf[0]);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
  switch (schema.type) {
    case "object":
      return objects(schema, of);
    case "array":
      return fc.array(of(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 3, 3) });
    case "integer":
      return fc.integer({ min: schema.minimum ?? -10, max: Math.min(schema.maximum ?? 1_000, 100_000) });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return strings(schema);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objects(schema: Schema, of: (inner: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, inner]) => [name, of(inner)] as const,
  );
  if (properties.length === 0 && typeof schema.additionalProperties === "object") {
    return fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), of(schema.additionalProperties), {
      maxKeys: 3,
    });
  }
  const any = fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
  if (typeof schema.example !== "object" || schema.example === null) return any;
  // The example with none, one or two of its parts exchanged gets past the first check.
  const parts = fc.record(Object.fromEntries(properties));
  const exchanged = fc
    .tuple(
      fc.subarray(
        properties.map(([name]) => name),
        { maxLength: Math.min(2, properties.length) },
      ),
      parts,
    )
    .map(([names, values]) => ({
      ...(schema.example as object),
      ...Object.fromEntries(names.map((name) => [name, (values as Record<string, unknown>)[name]])),
    }));
  return fc.oneof({ weight: 3, arbitrary: exchanged }, { weight: 1, arbitrary: any });
}

function strings({ format, minLength = 0, maxLength = 40, example }: Schema): fc.Arbitrary<unknown> {
  if (format === "uuid") return fc.uuid();
  if (format === "email") return fc.emailAddress();
  if (format === "date-time") {
    const [min, max] = [new Date("2026-01-01"), new Date("2028-01-01")];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  const any = fc.string({ minLength, maxLength: Math.min(Math.max(maxLength, minLength), 60) });
  return example === undefined ? any : fc.oneof(any, fc.constant(example));
}
