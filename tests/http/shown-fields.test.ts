import { describe, expect, test } from "bun:test";
import { z } from "@hono/zod-openapi";
import { present } from "../../src/http/kit/present.ts";
import { as } from "../support/client.ts";
import { everyOperation, openWorld, ownersBooking, type Row, someKey } from "../support/every-operation.ts";
import { type Harness, useHarness, withContext } from "../support/harness.ts";
import { settled } from "../support/settled.ts";

const hidden = "never shown";

/** A value as it would be if every domain object had one more field, and every change one more changed field. */
function withField(value: unknown, key = ""): unknown {
  // What people and services themselves put there is shown as it is.
  if (value instanceof Date || typeof value !== "object" || value === null || key === "metadata")
    return value;
  if (Array.isArray(value)) return value.map((one) => withField(one));
  if (key === "changes") return { ...value, internal: { before: null, after: hidden } };
  const fields = Object.entries(value).map(([name, field]) => [name, withField(field, name)]);
  return { ...Object.fromEntries(fields), internal: hidden };
}

/** A store that reads such objects. */
function storeWithField<T extends object>(store: T): T {
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member === "object" && member !== null) return storeWithField(member);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]) => withField(await member.apply(target, given));
    },
  });
}

type Documented = {
  operationId: keyof typeof everyOperation;
  responses: Record<number, { content?: Record<string, unknown> }>;
};

/** What an admin of `probed` gets from each operation that answers them with JSON. */
async function everyAnswer(harness: Harness, probed: Harness): Promise<Map<string, string>> {
  const world = await openWorld(harness);
  await someKey(world);
  const booking = await ownersBooking(world);
  await as(harness, world.people.owner)("PATCH", `/api/bookings/${booking}`, { title: "C" });
  await settled(harness.context.store);
  const document = (await as(harness)("GET", "/api/openapi.json")).body;
  const paths: Record<string, Record<string, Documented>> = document.paths;
  const answers = new Map<string, string>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { operationId, responses }] of Object.entries(operations)) {
      const row: Row = everyOperation[operationId];
      if (!responses[row.expected.admin]?.content?.["application/json"]) continue;
      const url = `${path.replace("{id}", (await row.thing?.(world)) ?? "")}${row.query ?? ""}`;
      const call = as(probed, world.people.admin);
      const { status, text } = await call(method.toUpperCase(), url, row.body?.(world));
      expect([operationId, status]).toEqual([operationId, row.expected.admin]);
      answers.set(operationId, text);
    }
  }
  return answers;
}

/** An export is everything that is stored, and an entry of the audit has what its event says. */
const open = ["exportUser", "listAudit"];

describe("a field of a domain object that no schema has", () => {
  const harness = useHarness("sqlite");

  test("appears in no answer", async () => {
    const store = storeWithField(harness().context.store);
    const answers = await everyAnswer(harness(), withContext(harness(), { store }));
    const showing = [...answers.keys()].filter((operation) => answers.get(operation)?.includes(hidden));
    // These two prove that the field was there.
    expect(showing.sort()).toEqual(open);
    const { data } = JSON.parse(answers.get("listAudit") ?? "");
    for (const entry of data) expect(entry).not.toHaveProperty("internal");
    for (const [operation, text] of answers)
      if (operation.startsWith("list"))
        expect([operation, JSON.parse(text).data.length > 0]).toEqual([operation, true]);
    expect(answers.size).toBeGreaterThan(25);
  });

  test("is dropped at every level, and instants become text", () => {
    const show = present(
      z.object({
        at: z.date().nullable(),
        never: z.date().nullable(),
        nothing: z.string().optional(),
        list: z.array(z.object({ name: z.string() })),
        byName: z.record(z.string(), z.object({ n: z.int() })),
        anything: z.unknown(),
      }),
    );
    const shown = show({
      at: new Date(0),
      never: null,
      list: [{ name: "a", internal: hidden }],
      byName: { a: { n: 1, internal: hidden } },
      anything: { kept: true },
      internal: hidden,
    } as never);
    expect(shown).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      never: null,
      list: [{ name: "a" }],
      byName: { a: { n: 1 } },
      anything: { kept: true },
    });
  });

  test("can't hide in a kind of schema that is not followed", () => {
    const either = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
    expect(() => present(z.object({ either }))).toThrow("union");
  });
});
