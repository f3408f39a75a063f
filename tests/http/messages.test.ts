import { describe, expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

describe("what a refusal says", () => {
  const harness = useHarness("sqlite");
  const person = async () => as(harness(), await addPerson(harness(), "admin"));

  test.each([
    ["title", { ...slot, title: undefined }, "/title", "required"],
    ["startTime", { ...slot, startTime: undefined }, "/startTime", "required"],
    ["an attendee's email", { ...slot, attendees: [{}] }, "/attendees/0/email", "required"],
    ["a channel", { ...slot, reminders: [{ minutesBefore: 5 }] }, "/reminders/0/channel", "required"],
  ])("of a missing field is that it is required: %s", async (_, body, pointer, word) => {
    const answer = await (await person())("POST", "/api/bookings", body);
    const fault = answer.body.errors.find((error: { pointer: string }) => error.pointer === pointer);
    expect(fault.detail).toContain(word);
    expect(answer.body.detail).toContain(pointer);
  });

  test.each([
    [{ title: 5 }, "Must be text."],
    [{ title: "" }, "Must not be empty."],
    [{ title: "x".repeat(256) }, "at most 255 characters"],
    [{ quantity: "1" }, "Must be a number."],
    [{ quantity: 1.5 }, "Must be a whole number."],
    [{ quantity: 0 }, "Must be at least 1."],
    [{ attendees: {} }, "Must be a list."],
    [{ attendees: Array(101).fill({ email: "a@b.co" }) }, "at most 100 entries"],
    [{ resourceId: "1" }, "Must be a UUID"],
    [{ metadata: { a: null } }, "Must be text, a number, or true or false."],
    [{ metadata: { a: "x".repeat(2001) } }, "at most 2000 characters"],
    [{ metadata: { ["k".repeat(101)]: 1 } }, "at most 100 characters"],
    [{ reminders: [{ minutesBefore: 5, channel: "pigeon" }] }, 'one of "websocket", "email"'],
    [{ startTime: 1_811_844_000 }, "RFC 3339"],
    [{ startTime: "2027-06-01T10:00:00" }, "offset"],
    [{ startTime: "2027-06-01T24:00:00Z" }, "next day"],
    [{ color: "red" }, "There is no such field."],
  ])("of %j is what would do", async (change, text) => {
    const answer = await (await person())("POST", "/api/bookings", { ...slot, ...change });
    const [first, ...more] = answer.body.errors;
    expect(more).toEqual([]);
    expect([answer.status, first.detail]).toEqual([400, expect.stringContaining(text)]);
    expect(answer.body.detail).toStartWith(`${first.pointer}: ${first.detail}`);
  });

  test("of what is missing and of what is no key speak of parameters and keys", async () => {
    const call = await person();
    const busy = await call("GET", `/api/resources/${crypto.randomUUID()}/busy`);
    expect(busy.body.errors[0]).toEqual({ parameter: "from", detail: "This parameter is required." });
    const headers = { "X-API-Key": "no-key" };
    const { body } = await as(harness(), undefined)("GET", "/api/bookings", undefined, headers);
    expect(body.detail).toStartWith("The API key is unknown");
  });

  test("of a query lists what is allowed, and names the parameter", async () => {
    const call = await person();
    for (const [query, parameter, text] of [
      ["sort=title", "sort", '"startTime", "-startTime"'],
      ["status=gone", "status", '"confirmed", "cancelled"'],
      ["color=red", "color", "no such parameter"],
      ["limit=0", "limit", "at least 1"],
      ["limit=0x10", "limit", "decimal digits"],
      ["from=2027-06-01T10:00:00+01:00", "from", "write the + of an offset as %2B"],
    ] as const) {
      const { body } = await call("GET", `/api/bookings?${query}`);
      expect(body.errors[0]).toEqual({ parameter, detail: expect.stringContaining(text) });
      expect(body.detail).toStartWith(`${parameter}: `);
    }
  });

  test.each([
    "0x10",
    "1e1",
    "%205%20",
    "+5",
    "-1",
    "5.0",
    "",
    "٥",
    "0b11",
    "Infinity",
    "1_0",
    "9".repeat(30),
  ])("of limit=%s and page=%s is 400: plain decimal digits only", async (text) => {
    const call = await person();
    for (const path of ["/api/bookings", "/api/resources", "/api/users", "/api/audit", "/api/api-keys"]) {
      for (const name of ["limit", "page"]) {
        const { status, body } = await call("GET", `${path}?${name}=${text}`);
        expect([path, status, body.errors[0].parameter]).toEqual([path, 400, name]);
      }
    }
    expect((await call("GET", `/api/events?limit=${text}`)).status).toBe(400);
  });

  test("of malformed JSON is the place, and nothing of the text", async () => {
    const answer = await (await person())("POST", "/api/bookings", '{\n  "title": secret\n}');
    expect([answer.status, answer.body.code]).toEqual([400, "malformed_json"]);
    expect(answer.body.detail).toContain("Line 2, column 12");
    expect(answer.text).not.toContain("secret");
  });

  test("of a path that does not exist is not what hides a booking", async () => {
    const call = await person();
    const nowhere = await call("GET", "/api/bookingz");
    expect([nowhere.status, nowhere.body.code]).toEqual([404, "not_found"]);
    expect(nowhere.body.detail).toContain("There is no such path");
    expect(nowhere.body.detail).toContain("/api/");
    const hidden = await call("GET", `/api/bookings/${crypto.randomUUID()}`);
    expect(hidden.body.detail).not.toBe(nowhere.body.detail);
  });

  test("of If-Match without quotes is that they are missing", async () => {
    const call = await person();
    const { body } = await call("POST", "/api/bookings", slot);
    const path = `/api/bookings/${body.id}`;
    for (const [header, text] of [
      ["1", "quotes are missing"],
      ['"a,*,b"', "The current version is"],
      ['*, "1"', "If-Match must be"],
      ['W/"1"', 'Send "1" instead of W/"1". The current version is "1".'],
    ] as const) {
      const answer = await call("PATCH", path, { title: "C" }, { "If-Match": header });
      expect([header, answer.status, answer.body.detail]).toEqual([
        header,
        412,
        expect.stringContaining(text),
      ]);
    }
    const unknown = await call("PATCH", `/api/bookings/${crypto.randomUUID()}`, {}, { "If-Match": "1" });
    expect(unknown.status).toBe(404);
    expect((await call("DELETE", path, undefined, { "If-Match": '"7", "1"' })).status).toBe(204);
  });
});

onEveryEngine("a PATCH", (engine) => {
  const harness = useHarness(engine);

  test("is blamed for the field that was sent", async () => {
    const call = as(harness(), await addPerson(harness(), "admin"));
    const [big, small] = await Promise.all(
      [5, 1].map((capacity) => call("POST", "/api/resources", { name: "Room", capacity })),
    );
    const { body } = await call("POST", "/api/bookings", { ...slot, resourceId: big?.body.id, quantity: 3 });
    const at = (hour: string) => `2027-06-01T${hour}:00:00Z`;
    for (const [patch, pointer] of [
      [{ startTime: at("12") }, "/startTime"],
      [{ endTime: at("09") }, "/endTime"],
      [{ startTime: at("12"), endTime: at("09") }, "/endTime"],
      [{ startTime: "2025-01-01T00:00:00Z" }, "/startTime"],
      [{ endTime: "2029-01-01T00:00:00Z" }, "/endTime"],
      [{ quantity: 6 }, "/quantity"],
      [{ resourceId: small?.body.id }, "/resourceId"],
      [{ resourceId: small?.body.id, quantity: 2 }, "/quantity"],
    ] as const) {
      const answer = await call("PATCH", `/api/bookings/${body.id}`, patch);
      expect([patch, answer.status, answer.body.errors?.[0].pointer]).toEqual([patch, 400, pointer]);
      expect(answer.body.detail).toStartWith(`${pointer}: `);
    }
  });
});
