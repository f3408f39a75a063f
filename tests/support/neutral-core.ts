import type { Actor } from "../../src/domain/actor.ts";
import { defaultOrganization } from "../../src/domain/people/organization.ts";
import { createUser } from "../../src/domain/people/user.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { cancel } from "../../src/operations/bookings/cancel.ts";
import { create } from "../../src/operations/bookings/create.ts";
import { hotSlots } from "../../src/operations/bookings/hot-slots.ts";
import { byOf } from "../../src/operations/by.ts";
import type { Context } from "../../src/operations/context.ts";
import { install } from "../../src/operations/install.ts";
import { create as createResource } from "../../src/operations/resources/create.ts";
import { memoryStore } from "./memory-store.ts";

/** Books through the core alone, on whatever runtime this is bundled for, and prints what became of it as JSON. */
const store = memoryStore();
const clock = { now: () => new Date("2027-01-01T00:00:00Z") };
const newId = () => crypto.randomUUID();
const context = {
  store,
  clock,
  newId,
  hotSlots: hotSlots(clock),
  defaultReminders: [],
} as unknown as Context;

await install(context);
const organizationId = (await store.organizations.bySlug(defaultOrganization))?.id ?? "";
const id = newId();
const actor: Actor = { organizationId, userId: id, role: "admin", sessionId: newId() };
const person = { id, organizationId, calendarId: newId(), email: "ada@example.com", name: "Ada" };
const { change } = createUser(byOf(context, actor), {
  ...person,
  role: "admin",
  passwordHash: null,
  emailVerified: true,
});
await store.commit(change);
const room = { name: "Room", description: null, timezone: "UTC", capacity: 1, metadata: {} };
const { id: resourceId } = await createResource(context, actor, room);
const slot = { startTime: new Date("2027-06-01T10:00:00Z"), endTime: new Date("2027-06-01T11:00:00Z") };
const rest = { title: "Review", description: null, location: null, attendees: [], metadata: {}, quantity: 1 };
const book = () => create(context, actor, { ...rest, ...slot, resourceId });

const first = await book();
const refused = await book().catch((error: unknown) => error);
await cancel(context, actor, first.id);
const again = await book();
console.log(
  JSON.stringify({
    first: first.status,
    refused: refused instanceof Refusal && refused.is("slot_taken") ? refused.details : String(refused),
    again: again.status,
  }),
);
