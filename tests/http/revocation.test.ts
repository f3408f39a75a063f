import { expect, test } from "bun:test";
import type { Store } from "../../src/ports/store.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness, withContext } from "../support/harness.ts";

let hour = 0;
function slot() {
  const start = Date.UTC(2027, 5, 1) + hour++ * 3_600_000;
  return {
    title: "B",
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 60_000).toISOString(),
  };
}

/** Each way to end what somebody may do, said on one instance: the status of their next write on another. */
async function afterRevocation(here: Harness, there: Harness): Promise<Record<string, number>> {
  const admin = await addPerson(here, "admin");
  const boss = as(here, admin);
  const writes: Record<string, (person: Person) => Promise<unknown>> = {
    "a session that is ended": (person) => as(here, person)("DELETE", "/api/auth/me"),
    "a disabled account": (person) => boss("PATCH", `/api/users/${person.id}`, { status: "disabled" }),
  };
  const found: Record<string, number> = {};
  for (const [name, revoke] of Object.entries(writes)) {
    const person = await addPerson(here);
    const write = async () => (await as(there, person)("POST", "/api/bookings", slot())).status;
    if ((await write()) !== 201) throw new Error("The first write failed.");
    await revoke(person);
    found[name] = await write();
  }
  const demoted = await addPerson(here, "admin");
  await as(there, demoted)("POST", "/api/resources", { name: "Room" });
  await boss("PATCH", `/api/users/${demoted.id}`, { role: "user" });
  found["a role that was taken"] = (
    await as(there, demoted)("POST", "/api/resources", { name: "Room" })
  ).status;

  const { body: key } = await boss("POST", "/api/api-keys", { name: "K", scopes: ["resources:write"] });
  const byKey = async () =>
    (await as(there)("POST", "/api/resources", { name: "R" }, { "X-API-Key": key.key })).status;
  if ((await byKey()) !== 201) throw new Error("The first write by key failed.");
  await boss("DELETE", `/api/api-keys/${key.id}`);
  found["a key that is revoked"] = await byKey();
  return found;
}

onEveryEngine("revocation", (engine) => {
  const harness = useHarness(engine);

  test("bites on the other instance with the next write (G19)", async () => {
    expect(await afterRevocation(harness(), withContext(harness(), {}))).toEqual({
      "a session that is ended": 401,
      "a disabled account": 401,
      "a role that was taken": 401,
      "a key that is revoked": 401,
    });
  });

  test("does not, where an instance keeps what it once read of a caller (G19, mutant)", async () => {
    const { store } = harness().context;
    const remembering = <T>(read: (id: string) => Promise<T>) => {
      const known = new Map<string, Promise<T>>();
      return (id: string) => known.getOrInsertComputed(id, read);
    };
    const mutated: Store = {
      ...store,
      sessions: { ...store.sessions, withUser: remembering(store.sessions.withUser) },
      apiKeys: { ...store.apiKeys, byId: remembering(store.apiKeys.byId) },
    };
    const there = withContext(harness(), { store: mutated });
    const statuses = Object.values(await afterRevocation(harness(), there));
    expect(statuses.filter((status) => status < 300).length).toBeGreaterThan(0);
  });
});
