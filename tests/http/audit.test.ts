import { expect, test } from "bun:test";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

type Entry = {
  type: string;
  actorId: string | null;
  subjectId: string | null;
  data: Record<string, unknown>;
};
const slot = { title: "=cmd()", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("the audit", (engine) => {
  const harness = useHarness(engine);
  const flush = () => (harness().context.refusalLog as unknown as { flush(): Promise<void> }).flush();
  const admin = async () => as(harness(), await addPerson(harness(), "admin"));
  const entries = async (query: string) =>
    (await (await admin())("GET", `/api/audit?${query}`)).body.data as Entry[];

  test("tells changes, sign-ins, ended sessions and what became of keys, the latest first", async () => {
    const open = as(harness());
    const person = { email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" };
    const { body } = await open("POST", "/api/auth/register", person);
    const call = callAs((path, init) => harness().app.request(path, init), body.accessToken);
    const { body: booking } = await call("POST", "/api/bookings", slot);
    await call("PATCH", `/api/bookings/${booking.id}`, { title: "Another" });
    await open("POST", "/api/auth/logout", { refreshToken: body.refreshToken });
    const told = await entries(`actorId=${body.user.id}&limit=100`);
    expect(told.map(({ type }) => type)).toEqual([
      "session.ended",
      "booking.updated",
      "booking.created",
      "session.started",
      "resource.created",
      "user.created",
    ]);
    const [change] = await entries(`subjectId=${booking.id}&type=booking.updated`);
    expect(change?.data.changes).toEqual({ title: { before: "=cmd()", after: "Another" } });
    const boss = await admin();
    const { body: key } = await boss("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] });
    await as(harness())("GET", "/api/bookings", undefined, { "X-API-Key": key.key });
    while ((await entries(`subjectId=${key.id}`)).length < 2) await Bun.sleep(10);
    await boss("DELETE", `/api/api-keys/${key.id}`);
    expect((await entries(`subjectId=${key.id}`)).map(({ type }) => type)).toEqual([
      "key.revoked",
      "key.first_used",
      "key.created",
    ]);
    expect(await entries("from=2030-01-01T00:00:00Z")).toEqual([]);
  });

  test("counts refusals by caller and code, however many there are", async () => {
    const person = await addPerson(harness());
    for (let n = 0; n < 25; n++) await as(harness(), person)("GET", "/api/users");
    for (let n = 0; n < 3; n++) await as(harness())("GET", "/api/bookings");
    await flush();
    const own = await entries(`actorId=${person.id}&type=request.refused`);
    expect(own.map(({ data }) => data)).toEqual([{ code: "forbidden", count: 25, ip: "unknown" }]);
    const all = await entries("type=request.refused");
    expect(all.find(({ actorId }) => actorId === null)?.data).toMatchObject({
      code: "unauthenticated",
      count: 3,
    });
  });

  test("comes in pages, as JSON or as a table that no spreadsheet runs", async () => {
    const boss = await admin();
    const { body: first } = await boss("GET", "/api/audit?limit=2");
    const { body: second } = await boss("GET", `/api/audit?limit=2&cursor=${first.pagination.nextCursor}`);
    const ids = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    expect([...ids].sort().reverse()).toEqual(ids);
    expect(new Set(ids).size).toBe(4);
    const person = await addPerson(harness());
    // What two programs wrote in one millisecond has no order.
    harness().clock.advance(1);
    await as(harness(), person)("POST", "/api/bookings", slot);
    const csv = await boss("GET", `/api/audit?limit=1&actorId=${person.id}`, undefined, {
      Accept: "text/csv",
    });
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const [header, row] = csv.text.split("\r\n");
    expect(header).toBe("id,time,type,actorId,subjectType,subjectId,data");
    expect(row).toMatch(
      /^[0-9a-f-]{36},2027-[^,]*,booking\.created,[0-9a-f-]{36},booking,[0-9a-f-]{36},"\{""/,
    );
    const next = await boss("GET", "/api/audit?limit=1", undefined, { Accept: "text/csv" });
    expect(next.headers.get("link")).toMatch(/^<\/api\/audit\?limit=1&cursor=\S+>; rel="next"$/);
  });

  test("can't be changed or deleted, not by hand either", async () => {
    await flush();
    const { url } = harness().database;
    const tries = [
      "update events set data = '{}'",
      "delete from events",
      "update refusals set code = 'x'",
      "delete from refusals",
      ...(engine === "postgres" ? ["truncate events", "truncate refusals"] : []),
    ];
    await as(harness(), await addPerson(harness()))("GET", "/api/users");
    await flush();
    for (const statement of tries) {
      const refused = await runSql(url, statement).then(
        () => "done",
        (error) => String(error),
      );
      expect([statement, refused]).toEqual([statement, expect.stringMatching(/append.only/)]);
    }
  });
});
