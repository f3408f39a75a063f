import type { Actor } from "../../domain/actor.ts";
import type { Booking, BookingFields } from "../../domain/bookings/booking.ts";
import { changeBooking } from "../../domain/bookings/change.ts";
import { versionMismatch } from "../../domain/refusal.ts";
import type { Context } from "../context.ts";
import { settle } from "../settle.ts";
import { takenSlot, type Wanted } from "./explain-taken.ts";
import { get } from "./get.ts";

export type ChangeBooking = Partial<BookingFields & Pick<Booking, "resourceId">>;

/** Changes a booking; a new time or resource moves it atomically. `ifMatch` accepts the version it may apply to. */
export async function change(
  context: Context,
  actor: Actor,
  id: string,
  patch: ChangeBooking,
  ifMatch?: (version: number) => boolean,
): Promise<Booking> {
  const { store, clock, newId } = context;
  const settled = await settle<Wanted>(store, {
    decide: async () => {
      const before = await get(context, actor, id);
      if (ifMatch && !ifMatch(before.version)) return versionMismatch(before.version);
      const resource = await store.resources.byId(
        actor.organizationId,
        patch.resourceId ?? before.resourceId,
      );
      const decided = changeBooking(actor, before, resource, { patch, newId }, clock.now());
      return "booking" in decided ? { ...decided, resource } : decided;
    },
    taken: takenSlot(context, actor),
  });
  return settled.booking;
}
