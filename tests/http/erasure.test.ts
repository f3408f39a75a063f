import { expect, test } from "bun:test";
import { finishErasures } from "../../worker/processors/finish-erasures.ts";
import { differsFromLog } from "../faults/invariants.ts";
import { as, type Call, callAs } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, type Harness, useHarness } from "../support/harness.ts";
import { describeSchema } from "../support/schema.ts";

/** Every row of every table, as text. */
async function dump({ database }: Harness): Promise<string> {
  const tables = new Set((await describeSchema(database.url)).map((column) => column.split(".")[0]));
  const rows = [...tables].map((table) => runSql(database.url, `select * from ${table}`));
  return JSON.stringify(await Promise.all(rows));
}

const at = (day: string) => ({ startTime: `${day}T10:00:00Z`, endTime: `${day}T11:00:00Z` });

onEveryEngine("erasing a person", (engine) => {
  const harness = useHarness(engine);
  const bearer = (token: string): Call => callAs((path, init) => harness().app.request(path, init), token);

  /** Somebody whose name, address and words are found in everything that is kept of them. */
  const someone = async () => {
    const mark = crypto.randomUUID().slice(0, 8);
    const email = `ada-${mark}@example.com`;
    const account = { email, password: "password123", name: `Ada ${mark}` };
    const { body } = await as(harness())("POST", "/api/auth/register", account);
    const call = bearer(body.accessToken);
    const words = { title: `Title ${mark}`, description: `Text ${mark}`, location: `Place ${mark}` };
    const book = (day: string) =>
      call(
        "POST",
        "/api/bookings",
        { ...words, metadata: { note: mark }, ...at(day) },
        { "Idempotency-Key": day },
      );
    const past = (await book("2026-06-01")).body;
    const ahead = (await book("2027-06-01")).body;
    await call("PATCH", `/api/bookings/${ahead.id}`, { title: `New ${mark}`, attendees: [{ email }] });
    const cancelled = (await book("2027-07-01")).body;
    await call("POST", `/api/bookings/${cancelled.id}/cancel`, { reason: `Because ${mark}` });
    await call("PATCH", "/api/auth/me", { name: `Countess ${mark}` });
    const host = as(harness(), await addPerson(harness()));
    const others = {
      title: "Party",
      attendees: [{ email, name: mark }, { email: "else@example.com" }],
      ...at("2027-08-01"),
    };
    const party = (await host("POST", "/api/bookings", others, { "Idempotency-Key": mark })).body;
    const over = { title: "Over", attendees: [{ email, name: mark }], ...at("2027-08-02") };
    const overId = (await host("POST", "/api/bookings", over)).body.id;
    await host("POST", `/api/bookings/${overId}/cancel`, {}, { "Idempotency-Key": `${mark}-cancel` });
    await host("PATCH", `/api/bookings/${party.id}`, {
      attendees: [{ email }, { email: "else@example.com" }],
    });
    const user = body.user as { id: string; calendarId: string };
    return { mark, email, account, ...user, call, past, ahead, host, party, overId };
  };

  test("leaves what happened and when, and no trace of who it was", async () => {
    const { mark, account, id, call, past, ahead, host, party } = await someone();
    const admin = as(harness(), await addPerson(harness(), "admin"));
    const before = (await admin("GET", `/api/bookings/${ahead.id}/history`)).body.data;
    expect(await dump(harness())).toContain(mark);

    expect((await call("DELETE", "/api/auth/me")).status).toBe(204);
    expect((await call("GET", "/api/auth/me")).status).toBe(401);
    const { name: _, ...credentials } = account;
    expect((await as(harness())("POST", "/api/auth/login", credentials)).status).toBe(401);
    for (let n = 0; n < 100 && (await harness().context.store.users.toRedact()).length > 0; n++)
      await Bun.sleep(10);

    // A key stays its owner's to choose; it is theirs, and nobody else's.
    expect((await dump(harness())).replaceAll(`"key":"${mark}`, "")).not.toContain(mark);
    const { body: user } = await admin("GET", `/api/users/${id}`);
    expect(user).toMatchObject({ name: "[erased]", status: "disabled", email: `erased:${id}` });
    expect((await admin("GET", `/api/bookings/${past.id}`)).body).toMatchObject({
      title: "[erased]",
      status: "confirmed",
      startTime: "2026-06-01T10:00:00.000Z",
      attendees: [],
    });
    expect((await admin("GET", `/api/bookings/${ahead.id}`)).body).toMatchObject({ status: "cancelled" });
    const after = (await admin("GET", `/api/bookings/${ahead.id}/history`)).body.data;
    const skeleton = (entries: Record<string, unknown>[]) =>
      entries.map(({ id, type, version, time, actorId }) => ({ id, type, version, time, actorId }));
    expect(skeleton(after.slice(0, 2))).toEqual(skeleton(before));
    expect(after[1].changes.title).toEqual({ before: "[erased]", after: "[erased]" });
    const seen = (await host("GET", `/api/bookings/${party.id}`)).body;
    expect([seen.title, seen.attendees]).toEqual(["Party", [{ email: "else@example.com", name: null }]]);
    expect(await differsFromLog(harness().database.url)).toEqual([]);
    // The address is free again.
    expect((await as(harness())("POST", "/api/auth/register", account)).status).toBe(201);
  });

  test("leaves those alone whose address only holds theirs, and reaches words under a title that says nothing", async () => {
    const { email, call, host, party } = await someone();
    const namesake = `x-${email}`;
    await host("PATCH", `/api/bookings/${party.id}`, { attendees: [{ email: namesake }, { email }] });
    const hidden = { title: "[erased]", description: "Still personal", ...at("2027-09-01") };
    const { body: own } = await call("POST", "/api/bookings", hidden);
    await call("DELETE", "/api/auth/me");
    for (let n = 0; n < 100 && (await harness().context.store.users.toRedact()).length > 0; n++)
      await Bun.sleep(10);
    const seen = (await host("GET", `/api/bookings/${party.id}`)).body;
    expect(seen.attendees).toEqual([{ email: namesake, name: null }]);
    const admin = as(harness(), await addPerson(harness(), "admin"));
    expect((await admin("GET", `/api/bookings/${own.id}`)).body.description).toBeNull();
    expect(await differsFromLog(harness().database.url)).toEqual([]);
  });

  test("that was interrupted is finished by the worker", async () => {
    const { mark, id } = await someone();
    const { context } = harness();
    await runSql(
      harness().database.url,
      `update users set erased_at = created_at, status = 'disabled' where id = '${id}'`,
    );
    await finishErasures(context);
    expect(await dump(harness())).not.toContain(mark);
    expect(await context.store.users.toRedact()).toEqual([]);
  });

  test("is for admins and for oneself; the last admin stays, and what is erased is erased once", async () => {
    const [boss, person, other] = [
      await addPerson(harness(), "admin"),
      await addPerson(harness()),
      await addPerson(harness()),
    ];
    expect((await as(harness(), other)("DELETE", `/api/users/${person.id}`)).status).toBe(403);
    expect((await as(harness(), boss)("DELETE", `/api/users/${person.id}`)).status).toBe(204);
    for (let n = 0; n < 100 && (await harness().context.store.users.toRedact()).length > 0; n++)
      await Bun.sleep(10);
    expect((await as(harness(), boss)("DELETE", `/api/users/${person.id}`)).status).toBe(404);
    await runSql(
      harness().database.url,
      `update users set status = 'disabled' where role = 'admin' and id <> '${boss.id}'`,
    );
    const last = await as(harness(), boss)("DELETE", "/api/auth/me");
    expect([last.status, last.body.code]).toEqual([409, "last_admin"]);
  });

  test("may be preceded by an export of all that is kept", async () => {
    const { mark, email, id, call, ahead } = await someone();
    const { body, headers } = await call("GET", `/api/users/${id}/export`);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${id}.json"`);
    expect(body.user).toMatchObject({ email, name: `Countess ${mark}` });
    expect(body.bookings).toHaveLength(3);
    const own = body.bookings.find((booking: { id: string }) => booking.id === ahead.id);
    expect([own.title, own.planned.length]).toEqual([`New ${mark}`, 1]);
    expect(body.activity.map((entry: { type: string }) => entry.type)).toContain("booking.cancelled");
    expect([body.sessions.length, body.calendar.ownerId]).toEqual([1, id]);
    const stranger = as(harness(), await addPerson(harness()));
    expect((await stranger("GET", `/api/users/${id}/export`)).status).toBe(404);
  });
});
