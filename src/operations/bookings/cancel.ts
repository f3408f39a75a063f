import type { Actor } from "../../domain/actor.ts";
import { type Booking, cancelBooking } from "../../domain/booking.ts";
import { versionMismatch } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";
import { get } from "./get.ts";

type Options = {
  reason?: string | null | undefined;
  ifMatch?: ((version: number) => boolean) | undefined;
  keep?: KeepReceipt<Booking>;
};

/** Frees the slot. Cancelling what is cancelled changes nothing and succeeds. */
export async function cancel(
  context: Context,
  actor: Actor,
  id: string,
  options: Options = {},
): Promise<Booking> {
  const { store, clock, newId } = context;
  const { reason = null, ifMatch, keep } = options;
  const settled = await settle<{ booking: Booking }>(store, {
    decide: async () => {
      const before = await get(context, actor, id);
      if (ifMatch && !ifMatch(before.version)) return versionMismatch(before.version);
      return cancelBooking(actor, before, { reason, newId }, clock.now());
    },
    receipt: keep && (({ booking }) => keep(booking)),
  });
  return settled.booking;
}
