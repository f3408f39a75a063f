import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

/** What is wrong with a value and what is expected, in a sentence; schemas with a message of their own keep it. */
export const describeFault: z.core.$ZodErrorMap = (issue) => {
  if (isMissing(issue)) return "This field is required.";
  switch (issue.code) {
    case "invalid_type":
      return `Must be ${typeNames[issue.expected] ?? issue.expected}.`;
    case "invalid_value":
      return `Must be ${oneOf(issue.values)}.`;
    case "invalid_union":
      return unionFault(issue);
    case "too_small":
      return sizeFault(issue.origin, "at least", issue.minimum);
    case "too_big":
      return sizeFault(issue.origin, "at most", issue.maximum);
    case "invalid_format":
      return issue.format === "uuid"
        ? "Must be a UUID, like 0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e."
        : undefined;
    case "invalid_key":
      return `The name is not valid: ${issue.issues[0]?.message}`;
    case "unrecognized_keys":
      return "There is no such field.";
    default:
      return undefined;
  }
};

const typeNames: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function isMissing({ code, input }: Issue): boolean {
  return input === undefined && ["invalid_type", "invalid_value", "invalid_union"].includes(code);
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? shown : `one of ${shown}`;
}

/** Where alternatives differ by type, the types; else what the one of the right type finds wrong. */
function unionFault(issue: Issue & { code: "invalid_union" }): string {
  const { options } = issue as { options?: unknown[] };
  if (options) return `Must be ${oneOf(options)}.`;
  const firsts = issue.errors.flatMap((errors) => errors.slice(0, 1));
  const ofType = firsts.find(({ code, path }) => code !== "invalid_type" || path.length > 0);
  if (ofType) return ofType.message;
  const names = firsts.map((first) => first.code === "invalid_type" && typeNames[first.expected]);
  return `Must be ${new Intl.ListFormat("en", { type: "disjunction" }).format(names.filter((name) => name !== false && name !== undefined) as string[])}.`;
}

function sizeFault(origin: string, bound: string, size: number | bigint): string {
  const many = (noun: string) => `${size} ${noun}${size === 1 ? "" : "s"}`;
  if (origin === "string") {
    return bound === "at least" && size === 1
      ? "Must not be empty."
      : `Must be ${bound} ${many("character")} long.`;
  }
  if (["array", "set", "map"].includes(origin))
    return `Must have ${bound} ${many("entr")}`.replace(/entr(s?)$/, (_, s) => (s ? "entries." : "entry."));
  return `Must be ${bound} ${size}.`;
}
