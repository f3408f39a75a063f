import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness } from "../support/harness.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
const utf8 = (text: string) => [...new TextEncoder().encode(text)];

/** Sends bytes as they are, which `as` does not. */
function sender(harness: Harness, person: Person) {
  return async (bytes: number[], type = "application/json", path = "/api/bookings") => {
    const headers = { Authorization: `Bearer ${person.token}`, "Content-Type": type };
    const init = { method: "POST", headers, body: new Uint8Array(bytes) };
    const response = await harness.app.request(path, init);
    const body = (await response.json()) as { code?: string; detail?: string };
    return { status: response.status, code: body.code, detail: body.detail, body };
  };
}

describe("the encoding of a body", () => {
  const harness = useHarness("sqlite");
  const [before, after] = JSON.stringify({ ...slot, title: "|" }).split("|") as [string, string];
  const send = async () => sender(harness(), await addPerson(harness()));

  test.each([
    ["a byte that begins nothing", [0xff]],
    ["a byte that goes on with nothing", [0x80]],
    ["half a character", [0xc3]],
    ["two thirds of a character", [0xe2, 0x82]],
    ["half of a pair", [0xed, 0xa0, 0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["what is beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["Latin-1", [0xe9]],
  ])("is UTF-8: %s is 400", async (_, bytes) => {
    const answer = await (await send())([...utf8(before), ...bytes, ...utf8(after)]);
    expect([answer.status, answer.code]).toEqual([400, "malformed_json"]);
    expect(answer.detail).toContain("UTF-8");
  });

  test("has no byte order mark, and is not UTF-16", async () => {
    const call = await send();
    const marked = await call([0xef, 0xbb, 0xbf, ...utf8(JSON.stringify(slot))]);
    expect([marked.status, marked.code]).toEqual([400, "malformed_json"]);
    expect(marked.detail).toContain("byte order mark");
    const wide = [0xff, 0xfe, ...Buffer.from(JSON.stringify(slot), "utf16le")];
    expect((await call(wide)).code).toBe("malformed_json");
  });

  test.each([
    ["application/json; charset=iso-8859-1", 415],
    ["application/json;charset=utf-16", 415],
    ['application/json; charset="windows-1252"', 415],
    ["application/json; charset=", 415],
    ["application/json; charset=utf-8; charset=latin1", 415],
    ["text/json", 415],
    ["application/jsonp", 415],
    ["application/json; charset=utf-8", 201],
    ['Application/JSON;Charset="UTF-8"', 201],
    ["application/json; charset=utf8", 201],
    ["APPLICATION/VND.API+JSON", 201],
    ["application/json;", 201],
  ])("as %s is %i", async (type, status) => {
    expect((await (await send())(utf8(JSON.stringify(slot)), type)).status).toBe(status);
  });

  test("bounds the depth whatever the spelling of the type, and wherever the body is looked at first", async () => {
    const call = await send();
    const deep = utf8(`{"title":${"[".repeat(40)}${"]".repeat(40)}}`);
    for (const type of ["application/json", "Application/JSON", "APPLICATION/X+JSON; charset=UTF-8"]) {
      for (const path of ["/api/bookings", "/api/auth/login", "/api/auth/forgot-password"]) {
        const answer = await call(deep, type, path);
        expect([type, path, answer.code]).toEqual([type, path, "malformed_json"]);
        expect(answer.detail).toContain("32 levels");
      }
    }
  });
});

describe("a body that may be left out", () => {
  const harness = useHarness("sqlite");

  test("may be left out whatever its type is said to be", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    for (const type of [undefined, "application/json", "application/json; charset=utf-8", "text/plain"]) {
      const { body } = await call("POST", "/api/bookings", slot);
      const headers = { Authorization: `Bearer ${person.token}`, ...(type ? { "Content-Type": type } : {}) };
      const path = `/api/bookings/${body.id}/cancel`;
      const answer = await harness().app.request(path, { method: "POST", headers });
      expect([type, answer.status]).toEqual([type, 200]);
    }
    const blank = await call("POST", `/api/bookings/${crypto.randomUUID()}/cancel`, " ");
    expect([blank.status, blank.body.code]).toEqual([400, "malformed_json"]);
  });

  test("is still asked for where the operation needs it, in words", async () => {
    const answer = await as(harness(), await addPerson(harness()))("POST", "/api/bookings", "");
    expect([answer.status, answer.body.code]).toEqual([400, "malformed_json"]);
    expect(answer.body.detail).toContain("empty");
  });
});

onEveryEngine("names in a body", (engine) => {
  const harness = useHarness(engine);
  const pointers = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer);

  test("of metadata are kept or refused, never lost", async () => {
    const call = as(harness(), await addPerson(harness(), "admin"));
    const metadata = '{"__proto__":"x","\\u00e9":"a","e\\u0301":"b","constructor":1}';
    const refused = ["/metadata/__proto__", "/metadata/e\u0301", "/metadata/constructor"];
    const { body: booking } = await call("POST", "/api/bookings", slot);
    const { body: room } = await call("POST", "/api/resources", { name: "Room" });
    const times = `"startTime":"${slot.startTime}","endTime":"${slot.endTime}"`;
    for (const [method, path, more] of [
      ["POST", "/api/bookings", `"title":"B",${times},`],
      ["PATCH", `/api/bookings/${booking.id}`, ""],
      ["POST", "/api/resources", '"name":"Room",'],
      ["PATCH", `/api/resources/${room.id}`, ""],
    ] as const) {
      const answer = await call(method, path, `{${more}"metadata":${metadata}}`);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(pointers(answer.body).sort()).toEqual([...refused].sort());
    }
  });

  test("of metadata come back as they were sent, for every set of them", async () => {
    const call = as(harness(), await addPerson(harness(), "admin"));
    const key = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        "prototype",
        "constructor",
        "toString",
        "__defineGetter__",
        "0",
        "length",
        "é",
        "e\u0301",
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, fc.constantFrom("x", 1, true), { maxKeys: 6 }),
        async (metadata) => {
          const sent = Object.keys(metadata);
          const { status, body } = await call("POST", "/api/resources", { name: "R", metadata });
          const kept = status === 201 && Object.keys(body.metadata).length === sent.length;
          expect([sent, kept || status === 400]).toEqual([sent, true]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("that are there twice, or belong to objects themselves, are refused with their pointers", async () => {
    const call = as(harness(), await addPerson(harness()));
    const rest = `"startTime":"${slot.startTime}","endTime":"${slot.endTime}"`;
    for (const [text, pointer] of [
      [`{"title":"a","title":"b",${rest}}`, "/title"],
      [`{"title":"a","\\u0074itle":"b",${rest}}`, "/title"],
      [`{"title":"a",${rest},"metadata":{"a":1,"a":2}}`, "/metadata/a"],
      [`{"title":"a",${rest},"__proto__":{"title":"b"}}`, "/__proto__"],
      [`{"title":"a",${rest},"attendees":[{"email":"a@b.co","__proto__":1}]}`, "/attendees/0/__proto__"],
    ] as const) {
      const answer = await call("POST", "/api/bookings", text);
      expect([text, answer.status, pointers(answer.body)]).toEqual([text, 400, [pointer]]);
    }
    const query = await call("GET", "/api/bookings?__proto__=x");
    expect([query.status, query.body.errors[0].parameter]).toEqual([400, "__proto__"]);
  });
});
