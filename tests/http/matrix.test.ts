import { expect, test } from "bun:test";
import { type Scope, scopes } from "../../src/domain/actor.ts";
import { as } from "../support/client.ts";
import { onEachEngine } from "../support/databases.ts";
import {
  addOrganization,
  addPerson,
  type Harness,
  type Person,
  useHarness,
  withContext,
} from "../support/harness.ts";

/** Who calls, against a thing that `owner` made. */
const callers = ["nobody", "owner", "stranger", "admin", "foreignAdmin"] as const;
/** API keys: with the operation's scope alone, with all others, and with all of another organization. */
const keyHolders = ["scopedKey", "otherKey", "foreignKey"] as const;
type KeyHolder = (typeof keyHolders)[number];
type Caller = (typeof callers)[number];

type World = { harness: Harness; people: Record<Exclude<Caller, "nobody">, Person>; roomId: string };
type Row = {
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

async function ownersBooking({ harness, people, roomId }: World): Promise<string> {
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

async function someKey({ harness, people }: World): Promise<string> {
  return (await makeKey(harness, people.admin, ["bookings:read"])).id;
}

async function makeKey(harness: Harness, admin: Person, scopes: readonly string[]) {
  const { body } = await as(harness, admin)("POST", "/api/api-keys", { name: "K", scopes });
  return { id: body.id as string, key: body.key as string };
}

/** What a key is answered: of what people alone do nothing, of what is scoped what an admin is. */
function expectedOfKey(row: Row, operation: Operation, holder: KeyHolder): number {
  if (operation["x-access"] === "public") return row.expected.nobody;
  if (!operation["x-scope"] || holder === "otherKey") return 403;
  if (holder === "foreignKey") return row.scopedKey ?? row.expected.foreignAdmin;
  return row.scopedKey ?? row.expected.admin;
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

/** The oracle. An operation of the document without a row here fails the test. */
const table: Record<string, Row> = {
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

type Operation = { operationId: string; "x-access": string; "x-scope"?: Scope };

/** Every operation by every caller, against `probed`: what it answered otherwise than the table says, and what it leaked. */
async function wrongAnswers(harness: Harness, probed = harness): Promise<string[]> {
  const other = await addOrganization(harness);
  const world: World = {
    harness: harness,
    people: {
      owner: await addPerson(harness),
      stranger: await addPerson(harness),
      admin: await addPerson(harness, "admin"),
      foreignAdmin: await addPerson(harness, "admin", other.id),
    },
    roomId: "",
  };
  world.roomId = await sharedRoom(world);
  const ownersThing = await ownersBooking(world);
  const document = (await as(harness)("GET", "/api/openapi.json")).body;
  const wrong: string[] = [];
  for (const [path, operations] of Object.entries(
    document.paths as Record<string, Record<string, Operation>>,
  )) {
    for (const [method, operation] of Object.entries(operations)) {
      const { operationId } = operation;
      const row = table[operationId];
      if (!row) throw new Error(`${operationId} has no row in the table of who may do what.`);
      for (const caller of callers) {
        const id = row.thing ? await row.thing(world) : "";
        const usual = caller === "nobody" ? undefined : world.people[caller];
        const role = caller === "admin" || caller === "foreignAdmin" ? "admin" : "user";
        const person = row.fresh && usual ? await addPerson(harness, role, usual.organizationId) : usual;
        const call = as(probed, person);
        const answer = await call(
          method.toUpperCase(),
          `${path.replace("{id}", id)}${row.query ?? ""}`,
          row.body?.(world),
        );
        if (answer.status !== row.expected[caller]) {
          wrong.push(`${operationId} as ${caller}: ${answer.status} instead of ${row.expected[caller]}`);
        }
        const outsider = caller === "foreignAdmin" || caller === "nobody";
        if (outsider && answer.text.includes(ownersThing))
          wrong.push(`${operationId} shows ${caller} a booking`);
        if (outsider && answer.text.includes(world.people.owner.email))
          wrong.push(`${operationId} shows ${caller} a user`);
      }
      for (const holder of keyHolders) {
        const scope = operation["x-scope"];
        const admin = holder === "foreignKey" ? world.people.foreignAdmin : world.people.admin;
        const granted =
          holder === "scopedKey" && scope
            ? [scope]
            : scopes.filter((each) => holder === "foreignKey" || each !== scope);
        const { key } = await makeKey(harness, admin, granted);
        const id = row.thing ? await row.thing(world) : "";
        const header: Record<string, string> =
          holder === "otherKey" ? { "X-API-Key": key } : { Authorization: `Bearer ${key}` };
        const url = `${path.replace("{id}", id)}${row.query ?? ""}`;
        const answer = await as(probed)(method.toUpperCase(), url, row.body?.(world), header);
        const expected = expectedOfKey(row, operation, holder);
        if (answer.status !== expected)
          wrong.push(`${operationId} as ${holder}: ${answer.status} instead of ${expected}`);
        const shown =
          holder === "scopedKey" && id && answer.status === 200 && operation["x-scope"]?.endsWith(":write");
        const sent = ["id", "status", "version", "updatedAt", ...Object.keys(row.body?.(world) ?? {})];
        const more = shown ? Object.keys(answer.body).filter((field) => !sent.includes(field)) : [];
        if (more.length > 0) wrong.push(`${operationId} lets a key read that may only write`);
        if (holder === "foreignKey" && answer.text.includes(ownersThing))
          wrong.push(`${operationId} shows ${holder} a booking`);
      }
    }
  }
  return wrong;
}

onEachEngine("who may do what", (engine) => {
  const harness = useHarness(engine);

  test("every operation of the document answers each caller as the table says, and leaks nothing (G17)", async () => {
    expect(await wrongAnswers(harness())).toEqual([]);
  }, 60_000);

  test("an instance that takes every caller for an admin is found out (G17, mutant)", async () => {
    const { store } = harness().context;
    const withUser: typeof store.sessions.withUser = async (id) => {
      const found = await store.sessions.withUser(id);
      return found && { ...found, user: { ...found.user, role: "admin" } };
    };
    const mutant = withContext(harness(), { store: { ...store, sessions: { ...store.sessions, withUser } } });
    const wrong = await wrongAnswers(harness(), mutant);
    expect(wrong).toContain("getBooking as stranger: 200 instead of 404");
    expect(wrong).toContain("listUsers as owner: 200 instead of 403");
  }, 60_000);

  test("an instance that takes a key for its holder, whatever its scopes, is found out (G17, mutant)", async () => {
    const { store } = harness().context;
    const byId: typeof store.apiKeys.byId = async (id) => {
      const found = await store.apiKeys.byId(id);
      return found && { ...found, scopes: [...scopes] };
    };
    const mutant = withContext(harness(), { store: { ...store, apiKeys: { ...store.apiKeys, byId } } });
    const wrong = await wrongAnswers(harness(), mutant);
    expect(wrong).toContain("listBookings as otherKey: 200 instead of 403");
    for (const operation of ["changeBooking", "cancelBooking", "changeResource", "changeUser"])
      expect(wrong).toContain(`${operation} lets a key read that may only write`);
  }, 60_000);
});
