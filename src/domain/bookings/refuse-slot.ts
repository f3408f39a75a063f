import { type Actor, isAdmin, mayRead } from "../actor.ts";
import { invalidField, type Refusal } from "../refusal.ts";
import { maySeeResource, type Resource } from "../resources/resource.ts";
import { type Interval, lengthMs, longestBookingMs } from "../scheduling/interval.ts";
import { unusableResource } from "./booking.ts";

/** Faults are attributed to the first affected field that was `sent`. */
export function refuseSlot(
  actor: Actor,
  resource: Resource,
  slot: Interval & { quantity: number },
  sent: object = slot,
): Refusal | null {
  if (!maySeeResource(actor, resource)) return unusableResource();
  if (resource.kind === "calendar" && resource.ownerId !== actor.userId && !isAdmin(actor)) {
    return unusableResource();
  }
  if (slot.endTime <= slot.startTime) {
    // What was not sent is of the stored booking, which a key may not be allowed to read.
    const shown = (field: "startTime" | "endTime") =>
      field in sent || mayRead(actor, "bookings:read") ? `${field}, ${slot[field].toISOString()}` : field;
    return "endTime" in sent
      ? invalidField("/endTime", `Must be after ${shown("startTime")}.`)
      : invalidField("/startTime", `Must be before ${shown("endTime")}. Send endTime too to move both.`);
  }
  if (lengthMs(slot) > longestBookingMs) {
    const pointer = "endTime" in sent ? "/endTime" : "/startTime";
    return invalidField(pointer, "A booking is at most 366 days long.");
  }
  if (slot.quantity > resource.capacity) {
    const detail = mayRead(actor, "resources:read")
      ? `The resource has a capacity of ${resource.capacity}, and the quantity is ${slot.quantity}.`
      : "The quantity is above the capacity of the resource.";
    return invalidField("quantity" in sent ? "/quantity" : "/resourceId", detail);
  }
  return null;
}
