import { describe, expect, test } from "bun:test";
import { type Answer, as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const good = { title: "Review", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("bad input", (engine) => {
  const harness = useHarness(engine);
  const person = async () => as(harness(), await addPerson(harness()));

  test.each([
    ["an end before the start", { endTime: "2027-06-01T09:00:00Z" }, "/endTime"],
    ["an empty interval", { endTime: good.startTime }, "/endTime"],
    ["more than 366 days", { endTime: "2028-06-03T10:00:00Z" }, "/endTime"],
    ["no offset", { startTime: "2027-06-01T10:00:00" }, "/startTime"],
    ["30 February", { startTime: "2027-02-30T10:00:00Z" }, "/startTime"],
    ["29 February in a common year", { startTime: "2027-02-29T10:00:00Z" }, "/startTime"],
    ["hour 25", { startTime: "2027-06-01T25:00:00Z" }, "/startTime"],
    ["a date alone", { startTime: "2027-06-01" }, "/startTime"],
    ["the year 0", { startTime: "0000-06-01T10:00:00Z" }, "/startTime"],
    ["the year 9999", { endTime: "9999-12-31T23:59:59-10:00" }, "/endTime"],
    ["a number for a time", { startTime: 1780000000000 }, "/startTime"],
    ["300 characters of title", { title: "x".repeat(300) }, "/title"],
    ["no title", { title: undefined }, "/title"],
    ["a blank title", { title: " \t" }, "/title"],
    ["a title of U+0000", { title: "a\u0000b" }, "/title"],
    ["half a character", { title: "a\ud800b" }, "/title"],
    ["an unknown field", { color: "red" }, "/color"],
    ["a status", { status: "confirmed" }, "/status"],
    ["a version", { version: 7 }, "/version"],
    ["a malformed resource", { resourceId: "room-1" }, "/resourceId"],
    ["half a seat", { quantity: 1.5 }, "/quantity"],
    ["no seat", { quantity: 0 }, "/quantity"],
    ["101 attendees", { attendees: Array(101).fill({ email: "a@b.co" }) }, "/attendees"],
    ["an attendee without an email", { attendees: [{ name: "A" }] }, "/attendees/0/email"],
    ["an attendee with a role", { attendees: [{ email: "a@b.co", role: "x" }] }, "/attendees/0/role"],
    ["nested metadata", { metadata: { a: { b: 1 } } }, "/metadata/a"],
    [
      "51 keys of metadata",
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) },
      "/metadata",
    ],
    [
      "9 KiB of metadata",
      { metadata: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, "x".repeat(1024)])) },
      "/metadata",
    ],
    ["a key with a slash", { metadata: { "a/b": null } }, "/metadata/a~1b"],
  ])("%s in a body is 400 with its pointer", async (_, change, pointer) => {
    const answer = await (await person())("POST", "/api/bookings", { ...good, ...change });
    expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=ten", "limit"],
    ["page=0", "page"],
    ["page=1e99", "page"],
    ["color=red", "color"],
    ["sort=title", "sort"],
    ["sort=startTime;drop table bookings", "sort"],
    ["status=gone", "status"],
    ["from=yesterday", "from"],
    ["resourceId=1", "resourceId"],
    ["q=%00", "q"],
    ["cursor=x", "cursor"],
    [
      `cursor=${Buffer.from('["startTime","2027-01-01T00:00:00.000Z","1 or 1=1"]').toString("base64url")}`,
      "cursor",
    ],
    [
      `cursor=${Buffer.from('["startTime","-infinity","0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e"]').toString("base64url")}`,
      "cursor",
    ],
    [`cursor=${Buffer.from("{}").toString("base64url")}`, "cursor"],
  ])("the query %s is 400 and names its parameter", async (query, parameter) => {
    const answer = await (await person())("GET", `/api/bookings?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
    expect(answer.body.errors[0].parameter).toBe(parameter);
  });

  test("a forged cursor shows no more than the caller may see", async () => {
    const [mine, theirs] = [await person(), await person()];
    await theirs("POST", "/api/bookings", good);
    const forged = JSON.stringify([
      "startTime",
      "1900-01-01T00:00:00.000Z",
      "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e",
    ]);
    const answer = await mine("GET", `/api/bookings?cursor=${Buffer.from(forged).toString("base64url")}`);
    expect([answer.status, answer.body.data]).toEqual([200, []]);
  });

  test("a body that is no JSON, of another type, absent or too large gets its own answer", async () => {
    const call = await person();
    const cases: [Promise<Answer>, number, string][] = [
      [call("POST", "/api/bookings", "{"), 400, "malformed_json"],
      [call("POST", "/api/bookings", ""), 400, "malformed_json"],
      [call("POST", "/api/bookings", "[]"), 400, "validation_failed"],
      [call("POST", "/api/bookings", "null"), 400, "validation_failed"],
      [call("POST", "/api/bookings", `{"quantity":1e400}`), 400, "validation_failed"],
      [
        call("POST", "/api/bookings", JSON.stringify(good), { "Content-Type": "text/plain" }),
        415,
        "unsupported_media_type",
      ],
      [call("POST", "/api/bookings", `{"title":"${"x".repeat(300_000)}"}`), 413, "body_too_large"],
      [call("PATCH", `/api/bookings/${crypto.randomUUID()}`, "{"), 400, "malformed_json"],
    ];
    for (const [answer, status, code] of cases) {
      const { status: got, body } = await answer;
      expect([got, body?.code]).toEqual([status, code]);
    }
  });

  test("an id that is malformed, unknown or another's is one and the same 404", async () => {
    const [mine, theirs] = [await person(), await person()];
    const other = await theirs("POST", "/api/bookings", good);
    const texts = [];
    for (const id of [other.body.id, crypto.randomUUID(), "1", "%00", "'; drop table bookings --"]) {
      const answer = await mine("GET", `/api/bookings/${id}`, undefined, { "X-Request-Id": "same" });
      expect(answer.status).toBe(404);
      texts.push(answer.text);
    }
    expect(new Set(texts).size).toBe(1);
  });

  test("SQL in a string stays a string", async () => {
    const call = await person();
    const title = "'); drop table bookings; -- \\ % _ $1";
    const made = await call("POST", "/api/bookings", { ...good, title });
    expect(made.body.title).toBe(title);
    const found = await call("GET", `/api/bookings?q=${encodeURIComponent(title)}`);
    expect(found.body.data).toHaveLength(1);
  });

  describe("around a request", () => {
    test("a wrong method is 405 and says which are right; an unknown path is 404", async () => {
      const call = await person();
      const answer = await call("PUT", "/api/bookings", good);
      expect([answer.status, answer.body.code]).toEqual([405, "method_not_allowed"]);
      expect(answer.headers.get("allow")?.split(", ").sort()).toEqual(["GET", "HEAD", "POST"]);
      for (const method of ["GET", "POST", "PATCH", "DELETE"])
        expect((await call(method, "/api/nothing")).body.code).toBe("not_found");
    });

    test("whoever opens the address itself is led to the API's pages", async () => {
      const answer = await harness().app.request("/");
      expect([answer.status, answer.headers.get("location")]).toEqual([302, "/api/"]);
    });

    test("a well-formed request id is kept, any other is replaced", async () => {
      const call = as(harness());
      const kept = await call("GET", "/health", undefined, { "X-Request-Id": "abc.DEF_1-2" });
      expect(kept.headers.get("x-request-id")).toBe("abc.DEF_1-2");
      for (const id of ["a b", "x".repeat(129), "<script>"]) {
        const made = await call("GET", "/health", undefined, { "X-Request-Id": id });
        expect(made.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      }
    });

    test.each(["", "Bearer", "Basic abc", "Bearer a b", "bearer ..", "Bearer x.y.z"])(
      "the credentials %p are 401",
      async (header) => {
        const answer = await as(harness())(
          "GET",
          "/api/bookings",
          undefined,
          header ? { Authorization: header } : {},
        );
        expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      },
    );
  });
});
