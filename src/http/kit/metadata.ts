import { z } from "@hono/zod-openapi";
import { text } from "./schemas.ts";

const maxKeys = 50;
const maxBytes = 8 * 1024;
/** Names that zod's records drop silently, because assigning to them changes an object's nature. */
const reserved = new Set(["__proto__", "constructor"]);

const Values = z
  .record(text(1, 100), z.union([text(0, 2000), z.number(), z.boolean()]))
  .refine((value) => Object.keys(value).length <= maxKeys, `Must have at most ${maxKeys} keys.`)
  .refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).length <= maxBytes,
    "Must be at most 8 KiB in total.",
  );

/** Up to 50 names with a text, a number or a boolean each. No name is lost: a value that can't be stored is refused. */
export const MetadataIn = z
  .unknown()
  .superRefine(refuseLostNames)
  .pipe(Values)
  .openapi({
    type: "object",
    additionalProperties: {
      anyOf: [{ type: "string", maxLength: 2000 }, { type: "number" }, { type: "boolean" }],
    },
    description:
      "At most 50 keys and 8 KiB. Keys are compared in NFC; `__proto__` and `constructor` are reserved.",
    example: { project: "apollo" },
  });

function refuseLostNames(value: unknown, context: z.RefinementCtx): void {
  if (typeof value !== "object" || value === null) return;
  const seen = new Set<string>();
  for (const key of Object.keys(value)) {
    const normalized = key.normalize("NFC");
    if (reserved.has(normalized))
      context.addIssue({ code: "custom", path: [key], message: "This name is reserved. Use another." });
    else if (seen.has(normalized)) {
      context.addIssue({
        code: "custom",
        path: [key],
        message: "Another name is the same in NFC. Keep only one.",
      });
    }
    seen.add(normalized);
  }
}
