import { z } from "@hono/zod-openapi";
import type { Scope } from "../../domain/actor.ts";
import { type Actor, mayRead } from "../../domain/actor.ts";

/** What every writer needs to continue: which object it is, and in which state. */
const always = ["id", "status", "version", "updatedAt"];

/**
 * Shows the result of a change: all of it to callers who may read it; to a key without the scope only what it sent
 * itself, and what it needs to continue.
 */
export function presentWritten<T extends object>(
  actor: Actor,
  scope: Scope,
  present: (thing: T) => Record<string, unknown>,
  sent: object = {},
): (thing: T) => Record<string, unknown> {
  if (mayRead(actor, scope)) return present;
  const shown = new Set([...always, ...Object.keys(sent)]);
  return (thing) => Object.fromEntries(Object.entries(present(thing)).filter(([key]) => shown.has(key)));
}

/** The schema of such an answer: the whole thing, or a part of it. */
export function writtenOf<S extends z.ZodRawShape>(thing: z.ZodObject<S>, name: string) {
  const needed = Object.fromEntries(always.filter((key) => key in thing.shape).map((key) => [key, true]));
  const part = (thing.partial() as z.ZodObject).required(needed as Record<string, true>).strict();
  return z.union([thing, part.openapi(name)]);
}

/** For the description of an operation. */
export function writtenWithout(scope: Scope): string {
  return `An API key without \`${scope}\` gets back only the fields that it sent, with the id and the state.`;
}
