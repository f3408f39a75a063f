import { admit } from "./admins.ts";
import { decidedAttempt, type Operation, type Wanted } from "./record.ts";
import type { Seeded } from "./seeded.ts";
import { once, resultOf, untilAnswered } from "./send.ts";
import type { Stage } from "./stage.ts";

const quarterMs = 15 * 60_000;
/** The day on which most of the bookings are. */
export const busyDay = Date.UTC(2030, 0, 1);

type Turn = { stage: Stage; random: Seeded; actorId: string };

function times(random: Seeded, startMs: number) {
  const length = random.pick([1, 2, 2, 4]) * quarterMs;
  return { startTime: new Date(startMs).toISOString(), endTime: new Date(startMs + length).toISOString() };
}

/** Most are wanted by everybody. */
function slotAhead(random: Seeded) {
  return times(random, busyDay + random.below(random.chance(0.7) ? 24 : 4_000) * quarterMs);
}

const reminderRules = [
  [],
  [{ minutesBefore: 0, channel: "websocket" }],
  [
    { minutesBefore: 0, channel: "email" },
    { minutesBefore: 10, channel: "websocket" },
  ],
];

/** What begins in seconds has reminders that fall due during the run, and is on rooms whose capacity stays. */
function place({ stage, random, actorId }: Turn, ownerId: string): Record<string, unknown> {
  if (random.chance(0.2)) {
    const slot = times(random, Date.now() + 2_000 + random.below(8_000));
    return {
      ...slot,
      resourceId: random.pick(stage.steadyRooms),
      reminders: random.pick(reminderRules.slice(1)),
    };
  }
  const slot = slotAhead(random);
  if (random.chance(0.25))
    return ownerId === actorId ? slot : { ...slot, resourceId: stage.calendars.get(ownerId) };
  const quantity = random.chance(0.5) ? 1 + random.below(4) : 1;
  return {
    ...slot,
    quantity,
    resourceId: random.pick(random.chance(0.15) ? stage.steadyRooms : stage.rooms),
  };
}

async function create(turn: Turn): Promise<Operation> {
  const { stage, random, actorId } = turn;
  const isAdmin = !stage.own.has(actorId);
  const ownerId = isAdmin ? random.pick(stage.users) : actorId;
  const id = stage.history.newId();
  const body: Record<string, unknown> = {
    title: `Booking ${id}`,
    metadata: { op: id },
    ...place(turn, ownerId),
    ...(isAdmin ? { ownerId } : {}),
  };
  if (random.chance(0.2)) body.reminders = random.pick(reminderRules);
  const wanted: Wanted = { id, kind: "create", actorId, method: "POST", path: "/api/bookings", body };
  if (random.chance(0.35)) return remember(turn, ownerId, await once(stage, wanted, random.below(2)));
  const twins = random.chance(0.2) ? 2 + random.below(4) : 1;
  const operation = await untilAnswered(stage, { ...wanted, key: id }, random.below(2), twins);
  if (resultOf(operation)) stage.keyed.push({ key: id, actorId, body });
  return remember(turn, ownerId, operation);
}

function remember({ stage }: Turn, ownerId: string, operation: Operation): Operation {
  const booking = resultOf(operation);
  if (booking) stage.own.get(ownerId)?.push({ id: booking.id, version: booking.version });
  return operation;
}

type Own = { id: string; version: number };

async function change({ stage, random, actorId }: Turn, own: Own): Promise<Operation> {
  const id = stage.history.newId();
  const body: Record<string, unknown> = { metadata: { op: id } };
  const what = random.weighted({ move: 60, text: 25, reminders: 15 });
  if (what === "move") Object.assign(body, slotAhead(random));
  if (what === "move" && random.chance(0.4)) body.resourceId = random.pick(stage.rooms);
  if (what === "move" && random.chance(0.2)) body.quantity = 1 + random.below(4);
  if (what === "text") Object.assign(body, { title: `Changed ${id}`, description: random.pick([null, id]) });
  if (what === "reminders") body.reminders = random.pick(reminderRules);
  const ifMatch = random.chance(0.25) ? Math.max(1, own.version - random.below(2)) : null;
  const path = `/api/bookings/${own.id}`;
  const wanted: Wanted = { id, kind: "change", actorId, method: "PATCH", path, body, ifMatch };
  const operation = await once(stage, wanted, random.below(2));
  own.version = resultOf(operation)?.version ?? own.version;
  return operation;
}

async function cancel({ stage, random, actorId }: Turn, own: Own): Promise<Operation> {
  if (random.chance(0.7))
    stage.own.set(
      actorId,
      (stage.own.get(actorId) ?? []).filter(({ id }) => id !== own.id),
    );
  const path = `/api/bookings/${own.id}`;
  if (random.chance(0.45)) {
    const wanted: Wanted = { kind: "delete", actorId, method: "DELETE", path, body: undefined };
    return once(stage, wanted, random.below(2));
  }
  const id = stage.history.newId();
  const wanted: Wanted = {
    id,
    kind: "cancel",
    actorId,
    method: "POST",
    path: `${path}/cancel`,
    body: { reason: id },
  };
  if (random.chance(0.4)) return once(stage, wanted, random.below(2));
  return untilAnswered(stage, { ...wanted, key: id }, random.below(2), random.chance(0.3) ? 3 : 1);
}

async function read({ stage, random, actorId }: Turn, own: Own | undefined): Promise<Operation> {
  const base = { actorId, method: "GET", body: undefined };
  const server = random.below(2);
  const what = own ? random.weighted({ busy: 45, list: 30, read: 25 }) : "busy";
  if (what === "read")
    return once(stage, { ...base, kind: "read", path: `/api/bookings/${own?.id}` }, server);
  if (what === "list")
    return once(stage, { ...base, kind: "list", path: "/api/bookings?sort=-createdAt&limit=20" }, server);
  const from = new Date(busyDay).toISOString();
  const to = new Date(busyDay + 12 * 4 * quarterMs).toISOString();
  const room = random.pick([...stage.rooms, ...stage.steadyRooms]);
  return once(
    stage,
    { ...base, kind: "busy", path: `/api/resources/${room}/busy?from=${from}&to=${to}` },
    server,
  );
}

/** The key of a request that succeeded, sent with another body. */
function reuse({ stage, random }: Turn): Promise<Operation> {
  const { key, actorId, body } = random.pick(stage.keyed);
  const changed = { ...body, title: "Another body" };
  const wanted: Wanted = {
    kind: "reuse",
    actorId,
    method: "POST",
    path: "/api/bookings",
    body: changed,
    key,
  };
  return once(stage, wanted, random.below(2));
}

/** One random operation of a person, or of the admin. */
export async function act(turn: Turn): Promise<void> {
  const { stage, random, actorId } = turn;
  const bookings = stage.own.get(actorId) ?? [];
  const own = bookings.length > 0 ? random.pick(bookings) : undefined;
  const what = random.weighted({ create: 40, change: 24, cancel: 16, read: 18, reuse: 3 });
  let operation: Operation;
  if (what === "read") operation = await read(turn, own);
  else if (what === "reuse" && stage.keyed.length > 0) operation = await reuse(turn);
  else if (what === "change" && own) operation = await change(turn, own);
  else if (what === "cancel" && own) operation = await cancel(turn, own);
  else operation = await create(turn);
  if (decidedAttempt(operation)?.status === 401 && stage.own.has(actorId)) await admit(stage, actorId);
}
