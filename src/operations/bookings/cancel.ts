import type { Actor } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { cancelBooking } from "../../domain/bookings/cancel.ts";
import { versionMismatch } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";
import { get } from "./get.ts";

type Options = {
  reason?: string | null | undefined;
  ifMatch?: ((version: number) => boolean) | undefined;
  keep?: KeepReceipt<Booking>;
};

/** Frees the slot. Cancelling a cancelled booking succeeds and changes nothing. */
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
      const decided = cancelBooking(actor, before, { reason, newId }, clock.now());
      // The receipt says what the booking is, although nothing of it is written.
      const asOf = [{ bookingId: before.id, version: before.version }];
      return decided.change ? decided : { ...decided, change: { insert: {}, update: {}, asOf } };
    },
    receipt: keep && (({ booking }) => keep(booking)),
  });
  return settled.booking;
}
