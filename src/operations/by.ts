import type { Author, By } from "../domain/actor.ts";
import type { Context } from "./context.ts";

/** What a decision of this moment is given. */
export function byOf<A extends Author>({ clock, newId }: Pick<Context, "clock" | "newId">, actor: A): By<A> {
  return { actor, now: clock.now(), newId };
}
