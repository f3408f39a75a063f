import { describe, expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";

type Operation = {
  parameters?: { name: string; in: string; required?: boolean; schema?: { example?: string } }[];
};

/** What a GET and a HEAD may differ in: the time, and what counts requests. */
const fleeting = ["date", "ratelimit"];
/** Answers that hold the time themselves. */
const changing = ["/health", "/jobs/metrics", "/metrics", "/jobs/", "/.well-known/security.txt"];

async function everyPath(harness: Harness): Promise<string[]> {
  const call = as(harness, await addPerson(harness, "admin"));
  const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
  const ids = {
    bookings: (await call("POST", "/api/bookings", slot)).body.id,
    resources: (await call("POST", "/api/resources", { name: "Room" })).body.id,
    users: (await addPerson(harness)).id,
  };
  const { paths } = (await call("GET", "/api/openapi.json")).body;
  const documented = Object.entries(paths as Record<string, Record<string, Operation>>)
    .filter(([, operations]) => operations.get)
    .map(([path, { get }]) => {
      const required = (get?.parameters ?? []).filter((p) => p.in === "query" && p.required);
      const query = required.map(
        ({ name, schema }) => `${name}=${encodeURIComponent(schema?.example ?? "")}`,
      );
      const named = path.replace("{id}", ids[path.split("/")[2] as keyof typeof ids]);
      return `${named}${query.length > 0 ? `?${query.join("&")}` : ""}`;
    });
  const pages = ["/", "/api", "/api/", "/api/openapi.json", "/api/asyncapi.json", "/api/swagger-ui.css"];
  const more = [
    "/problems/",
    "/problems/slot_taken",
    "/problems/none",
    "/account/verify-email",
    "/account/style.css",
  ];
  const gone = ["/nowhere", "/api/nowhere", `/api/bookings/${crypto.randomUUID()}`, "/api/bookings?limit=0"];
  return [...documented, ...pages, ...more, ...gone, "/metrics", "/jobs/", "/.well-known/security.txt"];
}

describe("HEAD", () => {
  const harness = useHarness("sqlite");

  test("has the status, the headers and the length of GET everywhere, and no body", async () => {
    const { token } = await addPerson(harness(), "admin");
    for (const encoding of ["identity", "gzip"]) {
      const ask = async (method: string, path: string) => {
        const headers = {
          Authorization: `Bearer ${token}`,
          "Accept-Encoding": encoding,
          "X-Request-Id": "same",
        };
        const response = await harness().app.request(
          path,
          { method, headers },
          { ip: "127.0.0.1", hidden: false },
        );
        const body = await response.arrayBuffer();
        const said = Object.fromEntries(response.headers);
        const length = said["content-length"] ?? (response.body ? String(body.byteLength) : undefined);
        for (const name of [...fleeting, "content-length", "transfer-encoding"]) delete said[name];
        return {
          status: response.status,
          said,
          length,
          sent: body.byteLength,
          claimed: response.headers.get("content-length"),
        };
      };
      for (const path of await everyPath(harness())) {
        const [get, head] = [await ask("GET", path), await ask("HEAD", path)];
        expect([path, head.status, head.said, head.sent]).toEqual([path, get.status, get.said, 0]);
        if (get.length === undefined) continue;
        if (changing.includes(path)) expect([path, Number(head.claimed) > 0]).toEqual([path, true]);
        else if (path.endsWith("/export")) expect([path, head.claimed]).toEqual([path, null]);
        else expect([path, head.claimed]).toEqual([path, get.length]);
      }
    }
  });

  test("of an export reads nothing of what GET would stream, and claims no length", async () => {
    const person = await addPerson(harness());
    const { store } = harness().context;
    let reads = 0;
    const bookings = {
      ...store.bookings,
      list: (...args: Parameters<typeof store.bookings.list>) => {
        reads += 1;
        return store.bookings.list(...args);
      },
    };
    const watched = withContext(harness(), { store: { ...store, bookings } });
    const path = `/api/users/${person.id}/export`;
    const head = await as(watched, person)("HEAD", path);
    expect([head.status, head.text, head.headers.get("content-length"), reads]).toEqual([200, "", null, 0]);
    expect((await as(watched, person)("GET", path)).body.bookings).toEqual([]);
    expect(reads).toBe(1);
  });

  test("carries the ETag, and reads what GET reads", async () => {
    const call = as(harness(), await addPerson(harness()));
    const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
    const { body } = await call("POST", "/api/bookings", slot);
    const head = await call("HEAD", `/api/bookings/${body.id}`);
    expect([head.status, head.headers.get("etag")]).toEqual([200, '"1"']);
    const wrong = await call("HEAD", "/api/auth/login");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("is measured as the read that it is", async () => {
    const counted: string[] = [];
    const measured = withContext(harness(), {}, { countRequest: (method) => counted.push(method) });
    await measured.app.request("/health/live", { method: "HEAD" });
    expect(counted).toEqual(["GET"]);
  });
});

describe("HEAD and limits", () => {
  const harness = useHarness("sqlite", { rateLimitScale: 1 });

  test("counts as a read: more of them than a caller may write", async () => {
    const call = as(harness(), await addPerson(harness()));
    const answer = await call("HEAD", "/api/auth/me");
    expect(answer.headers.get("ratelimit-policy")).toBe('"read";q=1200;w=60');
  });
});
