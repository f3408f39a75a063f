import { z } from "@hono/zod-openapi";
import { firstYear, lastYear } from "../domain/interval.ts";

/** Schemas that more than one contract uses. */
export const Id = z.uuid().openapi({ example: "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e" });

export const IdPath = z.object({ id: Id.openapi({ param: { name: "id", in: "path" } }) });

/** Characters that text may hold: Postgres takes no U+0000, and a lone surrogate is no character. */
function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text);
}

/** Text of `min` to `max` characters, in one form of Unicode (NFC), without control characters but tab and line ends. */
export function text(min: number, max: number) {
  return z
    .string()
    .normalize("NFC")
    .min(min)
    .max(max)
    .refine(isPlainText, "Must not hold control characters.");
}

/** One line: no line ends and no tabs either. */
export function line(min: number, max: number) {
  return text(min, max).refine((value) => !/[\t\n\r]/.test(value), "Must be one line.");
}

/** One line that must say something: white space alone is not enough. */
export function name(max: number) {
  return line(1, max).refine((value) => value.trim() !== "", "Must not be blank.");
}

/** RFC 3339 with an offset on the way in. */
export const InstantIn = z.iso
  .datetime({
    offset: true,
    message: "Must be an RFC 3339 date-time with an offset, like 2027-03-01T10:00:00Z.",
  })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= firstYear && date.getUTCFullYear() <= lastYear, {
    message: `Must be between the years ${firstYear} and ${lastYear}.`,
  })
  .openapi({ type: "string", format: "date-time" });

/** UTC with milliseconds on the way out. */
export const InstantOut = z.string().openapi({ format: "date-time", example: "2027-03-01T10:00:00.000Z" });

export const Email = z
  .email()
  .max(254)
  .transform((email) => email.toLowerCase())
  .openapi({ type: "string", format: "email", example: "ada@example.com" });

const metadataBytes = 8 * 1024;

export const MetadataIn = z
  .record(text(1, 100), z.union([text(0, 2000), z.number(), z.boolean()]))
  .refine((value) => Object.keys(value).length <= 50, "Must have at most 50 keys.")
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= metadataBytes,
    "Must be at most 8 KiB in all.",
  )
  .openapi({ example: { project: "apollo" } });

export const MetadataOut = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const Problem = z
  .object({
    type: z.string().openapi({ example: "/problems/slot_taken" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z
      .array(
        z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }),
      )
      .optional()
      .openapi({ description: "With 400: each fault, by JSON pointer into the body or by parameter." }),
    conflicts: z
      .array(
        z.object({
          resourceId: Id,
          startTime: InstantOut,
          endTime: InstantOut,
          bookingId: Id.optional(),
          title: z.string().optional(),
        }),
      )
      .optional()
      .openapi({ description: "With `slot_taken`: what stands in the way, at most 20." }),
    alternatives: z
      .array(z.object({ startTime: InstantOut, endTime: InstantOut }))
      .optional()
      .openapi({ description: "With `slot_taken`: free intervals of the same length, the nearest first." }),
  })
  .openapi("Problem");
