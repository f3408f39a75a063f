import type { Actor } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { type BookingPatch, changeBooking } from "../../domain/bookings/change.ts";
import { authorize } from "../../domain/permissions.ts";
import { type IfMatch, requireVersion } from "../../domain/refusal.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { contestedSlot, type Wanted } from "./explain-taken.ts";
import { visibleBooking } from "./visible-booking.ts";

/** Changes a booking; a new time or resource moves it atomically. `ifMatch` accepts the version it may apply to. */
export async function change(
  context: Context,
  actor: Actor,
  id: string,
  patch: BookingPatch,
  ifMatch?: IfMatch,
): Promise<Booking> {
  authorize(actor, "changeBooking");
  const { store } = context;
  const settled = await settle<Wanted>(store, {
    decide: async () => {
      const before = await visibleBooking(store, actor, id);
      requireVersion(before, ifMatch);
      const resource = await store.resources.byId(
        actor.organizationId,
        patch.resourceId ?? before.resourceId,
      );
      const decided = changeBooking(byOf(context, actor), before, { patch, resource });
      return "booking" in decided ? { ...decided, resource } : decided;
    },
    slot: contestedSlot(context, actor),
  });
  return settled.booking;
}
