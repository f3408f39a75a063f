import type { Actor } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { cancelBooking } from "../../domain/bookings/cancel.ts";
import { authorize } from "../../domain/permissions.ts";
import { type IfMatch, requireVersion } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";
import { visibleBooking } from "./visible-booking.ts";

type Options = {
  reason?: string | null | undefined;
  ifMatch?: IfMatch | undefined;
  keep?: KeepReceipt<Booking>;
};

/** Frees the slot. Cancelling a cancelled booking succeeds and changes nothing. */
export async function cancel(
  context: Context,
  actor: Actor,
  id: string,
  options: Options = {},
): Promise<Booking> {
  authorize(actor, "cancelBooking");
  const { store } = context;
  const { reason = null, ifMatch, keep } = options;
  const settled = await settle<{ booking: Booking }>(store, {
    decide: async () => {
      const before = await visibleBooking(store, actor, id);
      requireVersion(before, ifMatch);
      const decided = cancelBooking(byOf(context, actor), before, { reason });
      // The receipt says what the booking is, although nothing of it is written.
      const asOf = [{ bookingId: before.id, version: before.version }];
      return decided.change ? decided : { ...decided, change: { asOf } };
    },
    receipt: keep && (({ booking }) => keep(booking)),
  });
  return settled.booking;
}
