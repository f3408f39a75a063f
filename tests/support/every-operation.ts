import type { Operation } from "../../src/domain/permissions.ts";
import { as } from "./client.ts";
import { addOrganization, addPerson, type Harness, type Person } from "./harness.ts";

/** Who calls, against a thing that `owner` made. */
export const callers = ["nobody", "owner", "stranger", "admin", "foreignAdmin"] as const;
type Caller = (typeof callers)[number];

type World = { harness: Harness; people: Record<Exclude<Caller, "nobody">, Person>; roomId: string };
export type Row = {
  /** What the path's `{id}` stands for, made anew for each call. */
  thing?: (world: World) => Promise<string>;
  query?: string;
  body?: (world: World) => object;
  expected: Record<Caller, number>;
  /** The caller is somebody new each time, because the call is their end. */
  fresh?: true;
  /** What a key with the scope gets, where that is not what an admin gets. */
  scopedKey?: number;
};

/** Somebody of each kind, and a room. */
export async function openWorld(harness: Harness): Promise<World> {
  const other = await addOrganization(harness);
  const world: World = {
    harness,
    people: {
      owner: await addPerson(harness),
      stranger: await addPerson(harness),
      admin: await addPerson(harness, "admin"),
      foreignAdmin: await addPerson(harness, "admin", other.id),
    },
    roomId: "",
  };
  world.roomId = await sharedRoom(world);
  return world;
}

let minute = 0;
/** A slot that no other call of this test uses. */
function freeSlot() {
  minute += 1;
  const start = Date.UTC(2027, 6, 1) + minute * 60_000;
  return {
    title: "B",
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 60_000).toISOString(),
  };
}

export async function ownersBooking({ harness, people, roomId }: World): Promise<string> {
  const made = await as(harness, people.owner)("POST", "/api/bookings", {
    ...freeSlot(),
    resourceId: roomId,
  });
  return made.body.id;
}

async function sharedRoom({ harness, people }: World): Promise<string> {
  return (await as(harness, people.admin)("POST", "/api/resources", { name: "Room" })).body.id;
}

function newUser() {
  return { email: `${crypto.randomUUID()}@example.com`, name: "N" };
}

async function someUser({ harness, people }: World): Promise<string> {
  return (await as(harness, people.admin)("POST", "/api/users", newUser())).body.id;
}

export async function someKey({ harness, people }: World): Promise<string> {
  return (await makeKey(harness, people.admin, ["bookings:read"])).id;
}

export async function makeKey(harness: Harness, admin: Person, scopes: readonly string[]) {
  const { body } = await as(harness, admin)("POST", "/api/api-keys", { name: "K", scopes });
  return { id: body.id as string, key: body.key as string };
}

const everyone = (status: number) =>
  Object.fromEntries(callers.map((c) => [c, status])) as Record<Caller, number>;
const signedIn = (status: number) => ({ ...everyone(status), nobody: 401 });
const ownersAndAdmins = (status: number) => ({
  nobody: 401,
  owner: status,
  stranger: 404,
  admin: status,
  foreignAdmin: 404,
});
const adminsOnly = (status: number) => ({
  nobody: 401,
  owner: 403,
  stranger: 403,
  admin: status,
  foreignAdmin: status,
});

/** Every operation of the API: how to call it, and what each caller gets. */
export const everyOperation: Record<Exclude<Operation, "joinRoom" | "listFailedTasks">, Row> = {
  getHealth: { expected: everyone(200) },
  getLive: { expected: everyone(200) },
  getReady: { expected: everyone(200) },
  getJobMetrics: { expected: everyone(200) },
  verifyEmail: { body: () => ({ token: "x" }), expected: everyone(400) },
  requestVerification: { expected: signedIn(202) },
  forgotPassword: { body: () => ({ email: "nobody@example.com" }), expected: everyone(202) },
  resetPassword: { body: () => ({ token: "x", newPassword: "password456" }), expected: everyone(400) },
  register: {
    body: () => ({ email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "N" }),
    expected: everyone(201),
  },
  login: { body: () => ({ email: "nobody@example.com", password: "password123" }), expected: everyone(401) },
  refresh: { body: () => ({ refreshToken: "x" }), expected: everyone(401) },
  logout: { body: () => ({ refreshToken: "x" }), expected: everyone(401) },
  getMe: { expected: signedIn(200) },
  changeMe: { body: () => ({ name: "N" }), expected: signedIn(200) },
  changePassword: {
    body: () => ({ currentPassword: "wrong-password", newPassword: "password456" }),
    expected: everyone(401),
  },
  createUser: { body: newUser, expected: adminsOnly(201) },
  listUsers: { expected: adminsOnly(200) },
  getUser: { thing: someUser, expected: { ...adminsOnly(200), foreignAdmin: 404 } },
  changeUser: {
    thing: someUser,
    body: () => ({ name: "N" }),
    expected: { ...adminsOnly(200), foreignAdmin: 404 },
  },
  eraseUser: { thing: someUser, expected: { ...adminsOnly(204), foreignAdmin: 404 } },
  exportUser: {
    thing: someUser,
    expected: { nobody: 401, owner: 404, stranger: 404, admin: 200, foreignAdmin: 404 },
  },
  createUserToken: { thing: someUser, expected: { ...adminsOnly(201), foreignAdmin: 404 } },
  createResource: { body: () => ({ name: "R" }), expected: adminsOnly(201) },
  listResources: { expected: signedIn(200) },
  createApiKey: { body: () => ({ name: "K", scopes: ["bookings:read"] }), expected: adminsOnly(201) },
  listApiKeys: { expected: adminsOnly(200) },
  revokeApiKey: { thing: someKey, expected: { ...adminsOnly(204), foreignAdmin: 404 } },
  listSessions: { expected: signedIn(200) },
  endSession: { thing: async () => crypto.randomUUID(), expected: signedIn(404) },
  eraseMe: { fresh: true, expected: signedIn(204) },
  endOtherSessions: { expected: signedIn(204) },
  listAudit: { expected: adminsOnly(200) },
  getResource: { thing: sharedRoom, expected: { ...signedIn(200), foreignAdmin: 404 } },
  getBusy: {
    thing: sharedRoom,
    query: "?from=2027-06-01T00:00:00Z&to=2027-06-02T00:00:00Z",
    expected: { ...signedIn(200), foreignAdmin: 404 },
  },
  changeResource: {
    thing: sharedRoom,
    body: () => ({ name: "R2" }),
    expected: { ...adminsOnly(200), foreignAdmin: 404 },
  },
  deleteResource: { thing: sharedRoom, expected: { ...adminsOnly(204), foreignAdmin: 404 } },
  createBooking: {
    body: ({ roomId }) => ({ ...freeSlot(), resourceId: roomId }),
    expected: { ...signedIn(201), foreignAdmin: 400 },
    // It has to say for whom.
    scopedKey: 400,
  },
  listBookings: { expected: signedIn(200) },
  listEvents: { expected: signedIn(200) },
  getBooking: { thing: ownersBooking, expected: ownersAndAdmins(200) },
  getBookingHistory: { thing: ownersBooking, expected: ownersAndAdmins(200) },
  getBookingReminders: { thing: ownersBooking, expected: ownersAndAdmins(200) },
  changeBooking: { thing: ownersBooking, body: () => ({ title: "C" }), expected: ownersAndAdmins(200) },
  cancelBooking: { thing: ownersBooking, body: () => ({}), expected: ownersAndAdmins(200) },
  deleteBooking: { thing: ownersBooking, expected: ownersAndAdmins(204) },
};
