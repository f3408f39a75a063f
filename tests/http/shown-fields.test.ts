import { describe, expect, test } from "bun:test";
import { z } from "@hono/zod-openapi";
import { present } from "../../src/http/kit/present.ts";
import { as, type Call } from "../support/client.ts";
import { addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";
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

const slot = { title: "B", startTime: "2027-06-01T10:00:00.000Z", endTime: "2027-06-01T11:00:00.000Z" };
const account = { email: "ada@example.com", password: "password123" };
const week = "from=2027-06-01T00:00:00Z&to=2027-06-08T00:00:00Z";

type Operation = { operationId: string; responses: Record<number, { content?: Record<string, unknown> }> };

/** Calls every operation that shows something stored; returns the text of each answer. */
async function everyAnswer(harness: Harness): Promise<Map<string, string>> {
  const person = await addPerson(harness, "admin");
  const shown = new Map<string, string>();
  const call = as(harness, person);
  const ask = async (operation: string, ...request: Parameters<Call>) => {
    const answer = await call(...request);
    expect([operation, answer.status < 300]).toEqual([operation, true]);
    shown.set(operation, answer.text);
    return answer.body;
  };
  const { user } = await ask("register", "POST", "/api/auth/register", { ...account, name: "Ada" });
  const { refreshToken } = await ask("login", "POST", "/api/auth/login", account);
  await ask("refresh", "POST", "/api/auth/refresh", { refreshToken });
  await ask("getMe", "GET", "/api/auth/me");
  await ask("changeMe", "PATCH", "/api/auth/me", { name: "N" });
  await ask("listSessions", "GET", "/api/auth/sessions");
  await ask("createUser", "POST", "/api/users", { email: "b@example.com", name: "B" });
  await ask("listUsers", "GET", "/api/users");
  await ask("getUser", "GET", `/api/users/${user.id}`);
  await ask("changeUser", "PATCH", `/api/users/${user.id}`, { name: "A" });
  await ask("createUserToken", "POST", `/api/users/${user.id}/tokens`);
  await ask("createApiKey", "POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] });
  await ask("listApiKeys", "GET", "/api/api-keys");
  const room = await ask("createResource", "POST", "/api/resources", { name: "R" });
  await ask("listResources", "GET", "/api/resources");
  await ask("getResource", "GET", `/api/resources/${room.id}`);
  await ask("changeResource", "PATCH", `/api/resources/${room.id}`, { name: "S" });
  const attendees = [{ email: "c@example.com", name: "C" }];
  const booking = { ...slot, resourceId: room.id, attendees };
  const { id } = await ask("createBooking", "POST", "/api/bookings", booking);
  await ask("getBusy", "GET", `/api/resources/${room.id}/busy?${week}`);
  await ask("changeBooking", "PATCH", `/api/bookings/${id}`, { title: "C" });
  await ask("getBooking", "GET", `/api/bookings/${id}`);
  await ask("cancelBooking", "POST", `/api/bookings/${id}/cancel`);
  await ask("listBookings", "GET", "/api/bookings");
  await ask("getBookingHistory", "GET", `/api/bookings/${id}/history`);
  await ask("getBookingReminders", "GET", `/api/bookings/${id}/reminders`);
  await settled(harness.context.store);
  await ask("listEvents", "GET", "/api/events");
  await ask("listAudit", "GET", "/api/audit");
  await ask("getJobMetrics", "GET", "/jobs/metrics");
  await ask("exportUser", "GET", `/api/users/${user.id}/export`);
  return shown;
}

/** These say how the process is, and show nothing stored. */
const notStored = ["getHealth", "getLive", "getReady"];
/** These contain values that the document leaves open: an export is everything, an audit entry has the event's data. */
const open = ["exportUser", "listAudit"];

describe("a field of a domain object that no schema has", () => {
  const harness = useHarness("sqlite");

  test("appears in no answer of any operation", async () => {
    const { context } = harness();
    const answers = await everyAnswer(withContext(harness(), { store: storeWithField(context.store) }));
    const leaks = [...answers].filter(([, text]) => text.includes(hidden)).map(([operation]) => operation);
    // The two that are open prove that the field was there.
    expect(leaks.sort()).toEqual(open);
    const entries = JSON.parse(answers.get("listAudit") ?? "").data;
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry).not.toHaveProperty("internal");

    const { body: document } = await as(harness())("GET", "/api/openapi.json");
    const paths: Record<string, Record<string, Operation>> = document.paths;
    const showing = Object.values(paths)
      .flatMap((operations) => Object.values(operations))
      .filter(({ responses }) => (responses[200] ?? responses[201])?.content?.["application/json"])
      .map(({ operationId }) => operationId)
      .filter((operation) => !notStored.includes(operation));
    expect([...answers.keys()].sort()).toEqual(showing.sort());
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
