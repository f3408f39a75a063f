import { expect, test } from "bun:test";
import fc from "fast-check";
import { as, type Call } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { fromSchema, hostile, type Schema } from "../support/from-schema.ts";
import { addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";

type Parameter = { name: string; in: string; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

type Generated = {
  known: boolean;
  id: unknown;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
  body: unknown;
};

/** Requests of each operation: some that its schemas allow, some that are nearly so, some that are nothing of the kind. */
const runs = sized("GENERATED", 45);
/** One value in so many is hostile. */
const spoilt = [0, 8, 2];

/** Things that exist, by the collection of a path; made anew for each operation, because some are their end. */
async function makeThings(call: Call): Promise<Record<string, string>> {
  const slot = { title: "B", startTime: "2031-01-01T00:00:00Z", endTime: "2031-01-01T01:00:00Z" };
  const things = {
    resources: await call("POST", "/api/resources", { name: "Room", capacity: 3 }),
    bookings: await call("POST", "/api/bookings", slot),
    users: await call("POST", "/api/users", { email: `${crypto.randomUUID()}@example.com`, name: "Grace" }),
    "api-keys": await call("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] }),
  };
  return Object.fromEntries(Object.entries(things).map(([name, { body }]) => [name, body.id]));
}

/** Everything a request of an operation may be made of. */
function requestOf(
  { parameters = [], requestBody }: Operation,
  schemas: Record<string, Schema>,
  spoil: number,
) {
  const matching = (schema: Schema) => fromSchema(schema, schemas, spoil);
  const named = (place: string) =>
    fc.record(
      Object.fromEntries(parameters.filter((p) => p.in === place).map((p) => [p.name, matching(p.schema)])),
      { requiredKeys: [] },
    );
  const schema = requestBody?.content["application/json"]?.schema;
  return fc.record({
    known: fc.boolean(),
    id: hostile,
    query: named("query"),
    headers: named("header"),
    body: schema ? matching(schema) : fc.constant(undefined),
  });
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A header's value is bytes without control characters: anything else never leaves a client. */
function sendable(headers: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(headers).map(([name, value]) => [name, textOf(value)] as const);
  return Object.fromEntries(texts.filter(([, text]) => /^[\x21-\x7e]+$/.test(text)));
}

/** Sends what was generated; throws at the first 5xx, and at the first answer that the document does not tell of. */
async function sendGenerated(harness: Harness, probed = harness): Promise<Record<string, Set<number>>> {
  const document = (await as(harness)("GET", "/api/openapi.json")).body as Document;
  const found: Record<string, Set<number>> = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const admin = await addPerson(harness, "admin");
      const things = await makeThings(as(harness, admin));
      const statuses = new Set<number>();
      const collection = path.split("/")[2] ?? "";
      for (const spoil of spoilt) {
        const send = async ({ known, id, query, headers, body }: Generated) => {
          // Somebody who is still signed in, whatever was sent before.
          const call = as(probed, await addPerson(harness, "admin"));
          const named = known ? things[collection] : encodeURIComponent(textOf(id).toWellFormed()) || "x";
          const search = new URLSearchParams(
            Object.entries(query).map(([name, value]): [string, string] => [name, textOf(value)]),
          );
          const answer = await call(
            method.toUpperCase(),
            `${path.replace("{id}", named ?? "x")}?${search}`,
            body,
            sendable(headers),
          );
          statuses.add(answer.status);
          if (answer.status >= 500)
            throw new Error(`${operation.operationId}: ${answer.status} ${answer.text}`);
        };
        const request = requestOf(operation, document.components.schemas, spoil) as fc.Arbitrary<Generated>;
        await fc.assert(fc.asyncProperty(request, send), { numRuns: Math.ceil(runs / spoilt.length) });
      }
      found[operation.operationId] = statuses;
    }
  }
  return found;
}

onEveryEngine("generated requests", (engine) => {
  const harness = useHarness(engine);

  test("never make a 5xx, nor an answer outside the document (G20)", async () => {
    const found = await sendGenerated(harness());
    // They did not only bounce off the first check.
    const succeeded = Object.keys(found).filter((name) =>
      [...(found[name] ?? [])].some((status) => status < 300),
    );
    expect(succeeded.length).toBeGreaterThan(Object.keys(found).length / 2);
    for (const name of ["createBooking", "createResource", "createUser", "changeBooking"]) {
      expect([name, [...(found[name] ?? [])]]).toEqual([name, expect.arrayContaining([400])]);
      expect(succeeded).toContain(name);
    }
    measured(
      "G20",
      `${engine}: ${Object.keys(found).length} operations, ${runs} requests each: no 5xx, all in the document`,
    );
  }, 1_200_000);

  test("find a fault of ours (G20, mutant)", async () => {
    const { store } = harness().context;
    const commit: typeof store.commit = (change) => {
      const [booking] = change.insert?.bookings ?? [];
      if (booking?.location) throw new TypeError("a fault of ours");
      return store.commit(change);
    };
    const mutant = withContext(harness(), { store: { ...store, commit } });
    await expect(sendGenerated(harness(), mutant)).rejects.toThrow();
  }, 240_000);
});
