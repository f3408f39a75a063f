import type { Actor } from "../../domain/actor.ts";
import type { Booking } from "../../domain/bookings/booking.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Context } from "../context.ts";
import { visibleBooking } from "./visible-booking.ts";

export async function get(context: Context, actor: Actor, id: string): Promise<Booking> {
  authorize(actor, "getBooking");
  return visibleBooking(context.store, actor, id);
}
