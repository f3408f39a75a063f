import { expect, test } from "bun:test";
import { type Scope, scopes } from "../../src/domain/actor.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import {
  callers,
  everyOperation,
  makeKey,
  openWorld,
  ownersBooking,
  type Row,
} from "../support/every-operation.ts";
import { addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";

/** API keys: with the operation's scope alone, with all others, and with all of another organization. */
const keyHolders = ["scopedKey", "otherKey", "foreignKey"] as const;
type KeyHolder = (typeof keyHolders)[number];

/** What a key is answered: of what people alone do nothing, of what is scoped what an admin is. */
function expectedOfKey(row: Row, operation: Operation, holder: KeyHolder): number {
  if (operation["x-access"] === "public") return row.expected.nobody;
  if (!operation["x-scope"] || holder === "otherKey") return 403;
  if (holder === "foreignKey") return row.scopedKey ?? row.expected.foreignAdmin;
  return row.scopedKey ?? row.expected.admin;
}

type Operation = { operationId: keyof typeof everyOperation; "x-access": string; "x-scope"?: Scope };

/** Every operation by every caller, against `probed`: what it answered otherwise than the table says, and what it leaked. */
async function wrongAnswers(harness: Harness, probed = harness): Promise<string[]> {
  const world = await openWorld(harness);
  const ownersThing = await ownersBooking(world);
  const document = (await as(harness)("GET", "/api/openapi.json")).body;
  const wrong: string[] = [];
  for (const [path, operations] of Object.entries(
    document.paths as Record<string, Record<string, Operation>>,
  )) {
    for (const [method, operation] of Object.entries(operations)) {
      const { operationId } = operation;
      const row: Row = everyOperation[operationId];
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

onEveryEngine("who may do what", (engine) => {
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
