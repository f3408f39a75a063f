import { type Actor, isAdmin, isKey } from "../../domain/actor.ts";
import { closeAccount, erased, forgetPerson, redactBooking, redactEvent } from "../../domain/erasure.ts";
import { forbidden, notFound } from "../../domain/refusal.ts";
import type { User } from "../../domain/user.ts";
import { cancel } from "../bookings/cancel.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";

/**
 * Forgets a person: cancels what is ahead, closes the account, and redacts every trace after the answer. What happened,
 * when and in which order stays. For oneself and for admins; the last active admin stays.
 */
export async function erase(context: Context, actor: Actor, id: string): Promise<void> {
  const { store, clock } = context;
  if (isKey(actor) || (actor.userId !== id && !isAdmin(actor))) throw forbidden("Only admins erase others.");
  const user = await close(context, actor, id);
  for (;;) {
    const filter = { ownerId: id, from: clock.now(), status: ["confirmed" as const] };
    const page = { limit: 100, sort: "startTime" as const };
    const { rows } = await store.bookings.list(user.organizationId, filter, page);
    const admin: Actor = { ...actor, role: "admin", organizationId: user.organizationId };
    for (const booking of rows)
      await cancel(context, admin, booking.id, { reason: "The account was erased." });
    if (rows.length === 0) break;
  }
  context.later(() => redact(context, user));
}

/** First the account, so that nothing new comes while the rest is done. */
async function close({ store, clock, newId }: Context, actor: Actor, id: string): Promise<User> {
  const { user } = await settle<{ user: User }>(store, {
    by: actor,
    decide: async () => {
      const found = await store.users.byId(actor.organizationId, id);
      if (!found || found.redactedAt) return notFound();
      const now = clock.now();
      const closed = closeAccount(found, actor.userId, newId(), now);
      return { user: { ...found, erasedAt: now }, change: closed };
    },
  });
  return user;
}

/** Redacts what tells of a closed account; what was interrupted is done again by the worker. */
export async function redact(
  { store, clock }: Pick<Context, "store" | "clock">,
  person: User,
): Promise<void> {
  await store.erasure.redact(person.organizationId, person, {
    booking: (booking) => redactBooking(booking, person),
    event: (event) => redactEvent(event, person),
  });
  const calendar = await store.resources.byId(person.organizationId, person.calendarId);
  const latest = await store.users.byId(person.organizationId, person.id);
  if (!latest) return;
  const resources = calendar ? [{ ...calendar, name: erased }] : [];
  await store.commit({ insert: {}, update: { users: [forgetPerson(latest, clock.now())], resources } });
}
