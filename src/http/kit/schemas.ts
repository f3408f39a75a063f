import { z } from "@hono/zod-openapi";
import { emailPattern } from "../../domain/people/email.ts";
import { firstYear, lastYear } from "../../domain/scheduling/interval.ts";
import { notRfc3339, readInstant } from "./instant.ts";
import { isOneLine, isPlainText, isVisible } from "./visible-text.ts";

/** A UUID in either case (RFC 9562, 4). What is behind the edge sees lower case only. */
export const Id = z.uuid().toLowerCase().openapi({ example: "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e" });

export const IdPath = z.object({ id: Id.openapi({ param: { name: "id", in: "path" } }) });

/** Text of `min` to `max` characters, in one form of Unicode (NFC), without control characters but tab and line ends. */
export function text(min: number, max: number) {
  return (
    z
      .string()
      .normalize("NFC")
      // Of an empty text, that is all there is to say.
      .min(min, { abort: true })
      .max(max)
      .refine(isPlainText, "Must not contain control characters or lone surrogates.")
  );
}

/** One line: no line ends and no tabs either. */
export function line(min: number, max: number) {
  return text(min, max).refine(isOneLine, "Must be one line, without tabs.");
}

/** One line that must say something: what a reader can't see is not enough. */
export function name(max: number) {
  return line(1, max).refine(isVisible, "Must not be blank: at least one character must be visible.");
}

/** A whole number in a query, in plain decimal digits. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^[0-9]+$/, "Must be a whole number in decimal digits.")
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .openapi({ type: "integer", minimum: min, maximum: max });
}

/** RFC 3339 with an offset on the way in. */
export const InstantIn = z
  .string({ error: ({ input }) => (input === undefined ? undefined : notRfc3339) })
  .transform((value, context) => {
    const instant = readInstant(value);
    if (typeof instant !== "string") return instant;
    context.addIssue(instant);
    return z.NEVER;
  })
  .refine((date) => date.getUTCFullYear() >= firstYear && date.getUTCFullYear() <= lastYear, {
    message: `Must be between the years ${firstYear} and ${lastYear}.`,
  })
  .openapi({ type: "string", format: "date-time" });

/** A date for the code, and UTC with milliseconds on the way out. */
export const InstantOut = z.date().openapi({ format: "date-time", example: "2027-03-01T10:00:00.000Z" });

export const Email = z
  .email({
    pattern: emailPattern,
    error: ({ code }) =>
      code === "invalid_format"
        ? "Must be an email address like ada@example.com, with at most 64 characters before the @."
        : undefined,
  })
  .transform((email) => email.toLowerCase())
  .openapi({ type: "string", format: "email", example: "ada@example.com" });

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
      .openapi({
        description: "With 400: each fault, with a JSON pointer into the body or a parameter name.",
      }),
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
      .openapi({ description: "With `slot_taken`: what is in the way, at most 20." }),
    alternatives: z
      .array(z.object({ startTime: InstantOut, endTime: InstantOut }))
      .optional()
      .openapi({ description: "With `slot_taken`: free intervals of the same length, the nearest first." }),
  })
  .openapi("Problem");
