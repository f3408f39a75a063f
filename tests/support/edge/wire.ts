import { Refusal } from "../../../src/domain/refusal.ts";

/** Values as JSON between a test and an object: dates, undefined and sets survive. */
export function encode(value: unknown): string {
  return JSON.stringify(tagged(value));
}

export function decode(text: string): unknown {
  return untagged(JSON.parse(text));
}

function tagged(value: unknown): unknown {
  if (value === undefined) return { $: "undefined" };
  if (value instanceof Date) return { $: "date", time: value.getTime() };
  if (Array.isArray(value)) return value.map(tagged);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, tagged(inner)]);
  return { $: "object", entries };
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (value === null || typeof value !== "object") return value;
  const { $, time, entries } = value as { $: string; time: number; entries: [string, unknown][] };
  if ($ === "undefined") return undefined;
  if ($ === "date") return new Date(time);
  return Object.fromEntries(entries.map(([key, inner]) => [key, untagged(inner)]));
}

type Fault = { message: string; code?: string; refusal?: { code: string; detail: string; details: unknown } };

export function asFault(error: unknown): Fault {
  if (error instanceof Refusal) {
    const { code, detail, details } = error;
    return { message: error.message, refusal: { code, detail, details } };
  }
  return {
    message: String((error as Error).message ?? error),
    code: (error as { code?: string }).code ?? "",
  };
}

export function asError({ message, code, refusal }: Fault): Error {
  if (refusal) return new Refusal(refusal.code as never, refusal.detail, refusal.details as never);
  return Object.assign(new Error(message), code ? { code } : {});
}
