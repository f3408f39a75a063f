import { type Actor, isAdmin } from "../actor.ts";
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
  const [start, end] = [slot.startTime.toISOString(), slot.endTime.toISOString()];
  if (slot.endTime <= slot.startTime) {
    return "endTime" in sent
      ? invalidField("/endTime", `Must be after startTime, ${start}.`)
      : invalidField("/startTime", `Must be before endTime, ${end}. Send endTime too to move both.`);
  }
  if (lengthMs(slot) > longestBookingMs) {
    const pointer = "endTime" in sent ? "/endTime" : "/startTime";
    return invalidField(pointer, "A booking is at most 366 days long.");
  }
  if (slot.quantity > resource.capacity) {
    const detail = `The resource has a capacity of ${resource.capacity}, and the quantity is ${slot.quantity}.`;
    return invalidField("quantity" in sent ? "/quantity" : "/resourceId", detail);
  }
  return null;
}
