import { type Actor, isAdmin, isKey } from "../../domain/actor.ts";
import { type Booking, type BookingFields, unusableResource } from "../../domain/bookings/booking.ts";
import { createBooking } from "../../domain/bookings/create.ts";
import type { User } from "../../domain/people/user.ts";
import { authorize } from "../../domain/permissions.ts";
import { forbidden, invalidField } from "../../domain/refusal.ts";
import type { ReminderRule } from "../../domain/reminders/reminder-rule.ts";
import { byOf } from "../by.ts";
import type { Context } from "../context.ts";
import { type KeepReceipt, settle } from "../settle.ts";
import { contestedSlot, type Wanted } from "./explain-taken.ts";

export type CreateBooking = Omit<BookingFields, "reminders"> & {
  resourceId?: string | undefined;
  ownerId?: string | undefined;
  /** If left out, the installation's current defaults. */
  reminders?: ReminderRule[] | undefined;
};

/** Books a resource, or the owner's calendar when none is named. Admins may book for others. */
export async function create(
  context: Context,
  actor: Actor,
  input: CreateBooking,
  keep?: KeepReceipt<Booking>,
): Promise<Booking> {
  authorize(actor, "createBooking");
  const { store } = context;
  const { resourceId, ownerId, reminders = context.defaultReminders, ...rest } = input;
  const fields = { ...rest, reminders };
  const settled = await settle<Wanted>(store, {
    decide: async () => {
      const owner = await findOwner(context, actor, ownerId);
      const resource = await store.resources.byId(actor.organizationId, resourceId ?? owner.calendarId);
      if (!resource) return unusableResource();
      const decided = createBooking(byOf(context, actor), resource, { ownerId: owner.id, fields });
      return "booking" in decided ? { ...decided, resource } : decided;
    },
    receipt: keep && (({ booking }) => keep(booking)),
    slot: contestedSlot(context, actor),
  });
  return settled.booking;
}

async function findOwner({ store }: Context, actor: Actor, named: string | undefined): Promise<User> {
  if (!named && isKey(actor)) {
    throw invalidField("/ownerId", "A request with an API key must name the booking's owner in ownerId.");
  }
  const ownerId = named ?? actor.userId;
  if (ownerId !== actor.userId && !isAdmin(actor))
    throw forbidden("Only admins can book for others. Leave out ownerId.");
  const owner = await store.users.byId(actor.organizationId, ownerId);
  if (owner?.status !== "active")
    throw invalidField("/ownerId", "There is no user with this id that you may book for.");
  return owner;
}
