import { expect, test } from "bun:test";
import { pino } from "pino";
import { cachingStore } from "../../src/cache/caching-store.ts";
import type { Change } from "../../src/domain/change.ts";
import type { Reminder } from "../../src/domain/reminders/reminder.ts";
import type { Store } from "../../src/ports/store.ts";
import { finishErasures } from "../../worker/processors/finish-erasures.ts";
import { remind } from "../../worker/processors/remind.ts";
import { as } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness, withContext } from "../support/harness.ts";
import { describeSchema } from "../support/schema.ts";

const at = (day: string) => ({ startTime: `${day}T10:00:00Z`, endTime: `${day}T11:00:00Z` });
const keyed = () => ({ "Idempotency-Key": crypto.randomUUID() });

async function dump({ database }: Harness): Promise<string> {
  const tables = new Set((await describeSchema(database.url)).map((column) => column.split(".")[0]));
  const rows = [...tables].map((table) => runSql(database.url, `select * from ${table}`));
  return JSON.stringify(await Promise.all(rows));
}

/** A store in which the next commit of a kind waits, decided as it is, until something else has been done. */
function heldBack(
  store: Store,
  isHeld: (change: Change) => boolean,
  meanwhile: () => Promise<unknown>,
): Store {
  let done = false;
  return {
    ...store,
    commit: async (change) => {
      if (!done && isHeld(change)) {
        done = true;
        await meanwhile();
      }
      return store.commit(change);
    },
  };
}

onEveryEngine("what was decided before an erasure and is committed after it", (engine) => {
  const harness = useHarness(engine);

  const open = async () => {
    const mark = `mark${crypto.randomUUID().slice(0, 8)}`;
    const [admin, person, host] = [
      await addPerson(harness(), "admin"),
      await addPerson(harness()),
      await addPerson(harness()),
    ];
    const erase = async () => {
      expect((await as(harness(), admin)("DELETE", `/api/users/${person.id}`)).status).toBe(204);
      await finishErasures(harness().context);
      expect(await harness().context.store.users.toRedact()).toEqual([]);
    };
    const book = async (who: Person, fields: object) =>
      (await as(harness(), who)("POST", "/api/bookings", { title: "Booking", ...fields })).body;
    /** An instance whose next commit of a kind is overtaken by the whole erasure. */
    const overtaken = (isHeld: (change: Change) => boolean) => {
      const store = heldBack(harness().context.store, isHeld, erase);
      return withContext(harness(), { store });
    };
    return { mark, admin, person, host, erase, book, overtaken };
  };
  const confirmed = (id: string) =>
    runSql(
      harness().database.url,
      `select id from bookings where owner_id = '${id}' and status = 'confirmed'`,
    );

  test("is no booking of the person's", async () => {
    const { mark, person, overtaken } = await open();
    const instance = overtaken((change) => change.insert?.bookings !== undefined);
    const answer = await as(instance, person)(
      "POST",
      "/api/bookings",
      { title: mark, ...at("2027-06-01") },
      keyed(),
    );
    expect([answer.status, answer.body.code]).toEqual([409, "invalid_transition"]);
    expect(await confirmed(person.id)).toEqual([]);
    expect(await dump(harness())).not.toContain(mark);
  });

  test("brings no words back: not by a change, and not by the reason of a cancel", async () => {
    for (const [method, path, words] of [
      ["PATCH", "", (mark: string) => ({ title: mark })],
      ["POST", "/cancel", (mark: string) => ({ reason: mark })],
    ] as const) {
      const { mark, person, book, overtaken } = await open();
      const past = await book(person, at("2026-06-01"));
      const instance = overtaken((change) => change.update?.bookings !== undefined);
      const answer = await as(instance, person)(method, `/api/bookings/${past.id}${path}`, words(mark));
      expect([answer.status, answer.body.code]).toEqual([409, "invalid_transition"]);
      expect(await dump(harness())).not.toContain(mark);
    }
  });

  test("names the person in no booking of another's", async () => {
    const { mark, person, host, book, overtaken } = await open();
    const named = { attendees: [{ email: person.email, name: mark }] };
    const party = await book(host, { ...named, ...at("2027-06-01") });
    const instance = overtaken((change) => change.update?.bookings !== undefined);
    const moved = await as(instance, host)("PATCH", `/api/bookings/${party.id}`, { title: "Party" });
    expect([moved.status, moved.body.attendees]).toEqual([200, []]);
    expect(await dump(harness())).not.toContain(mark);
  });

  test("is no stored answer that shows the person", async () => {
    const { mark, person, host, book, overtaken } = await open();
    const named = { attendees: [{ email: person.email, name: mark }] };
    const { id } = await book(host, { ...named, ...at("2027-06-01") });
    const cancel = `/api/bookings/${id}/cancel`;
    await as(harness(), host)("POST", cancel);
    const instance = overtaken((change) => change.insert?.receipts !== undefined);
    const again = await as(instance, host)("POST", cancel, {}, keyed());
    expect([again.status, again.body.attendees]).toEqual([200, []]);
    expect(await dump(harness())).not.toContain(mark);
  });

  test("is no reminder with the words that were sent", async () => {
    const { mark, admin, person, host, erase, book } = await open();
    const named = { attendees: [{ email: person.email, name: mark }] };
    const rules = { reminders: [{ minutesBefore: 0, channel: "websocket" }] };
    const { id } = await book(host, { ...named, ...rules, ...at("2027-06-01") });
    const { store } = harness().context;
    const due = new Date("2027-06-01T10:00:00Z");
    const claimed = await store.tasks.leaseDue("websocket-reminder", 100, {
      now: due,
      until: new Date(due.getTime() + 30_000),
    });
    const reminder = claimed.find(({ subjectId }) => subjectId === id) as Reminder;
    const websocket = { cannotReach: () => null, send: erase };
    const needs = {
      ...harness().context,
      log: pino({ level: "silent" }),
      notifiers: { websocket },
      mail: undefined,
    };
    await remind("websocket")(needs).run(reminder);
    const page = { limit: 100, sort: "-time" as const };
    expect(
      await runSql(harness().database.url, `select id from events where id = '${reminder.id}'`),
    ).toHaveLength(1);
    expect(
      (await store.audit.list(admin.organizationId, { subjectId: id }, page)).rows.length,
    ).toBeGreaterThan(0);
    expect(await dump(harness())).not.toContain(mark);
  });

  test("leaves nothing behind when the process stops between closing the account and cancelling", async () => {
    const { mark, admin, person, book } = await open();
    await book(person, { title: mark, ...at("2027-06-01") });
    const { store } = harness().context;
    const list: Store["bookings"]["list"] = () => Promise.reject(new Error("The process is gone."));
    const instance = withContext(harness(), { store: { ...store, bookings: { ...store.bookings, list } } });
    const answer = await instance.app.request(`/api/users/${person.id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${admin.token}` },
    });
    expect(answer.status).toBe(500);
    expect(await confirmed(person.id)).toHaveLength(1);
    await finishErasures(harness().context);
    expect(await confirmed(person.id)).toEqual([]);
    expect(await store.users.toRedact()).toEqual([]);
    expect(await dump(harness())).not.toContain(mark);
  });

  test("shows nothing from a cache, here or on another instance, and writes no cached row back", async () => {
    const { admin, person, erase } = await open();
    const instances = [1, 2].map(() => {
      const cache = cachingStore(harness().context.store);
      cache.follow({ watchAgeMs: () => 0 });
      return { cache, call: as(withContext(harness(), { store: cache.store }), admin) };
    });
    const shown = async () => {
      const paths = [`/api/users/${person.id}`, `/api/resources/${person.calendarId}`];
      const all = instances.flatMap(({ call }) => paths.map((path) => call("GET", path)));
      return (await Promise.all(all)).map(({ body }) => [body.name, body.email]);
    };
    expect((await shown())[0]).toEqual(["Person", person.email]);
    await erase();
    for (const patch of [{ name: "Back" }, { role: "admin" }, { status: "active" }]) {
      const answer = await instances[1]?.call("PATCH", `/api/users/${person.id}`, patch);
      expect([answer?.status, answer?.body.code]).toEqual([409, "invalid_transition"]);
    }
    // As the tail of each instance does with what another one has written.
    for (const { id } of await runSql(harness().database.url, "select subject_id as id from events"))
      for (const { cache } of instances) cache.forget({ subjectId: String(id) });
    const user = ["[erased]", `erased:${person.id}`];
    expect(await shown()).toEqual([user, ["[erased]", undefined], user, ["[erased]", undefined]]);
  });

  test("is not stopped by who takes an address first, and two that finish it at once do no harm", async () => {
    const { mark, admin, person, host, book } = await open();
    const call = as(harness());
    const account = { email: `${person.id}@erased.invalid`, password: "password123", name: "First" };
    expect((await call("POST", "/api/auth/register", account)).status).toBe(201);
    const placeholder = { ...account, email: `erased:${person.id}` };
    expect((await call("POST", "/api/auth/register", placeholder)).status).toBe(400);
    await book(person, { title: mark, ...at("2027-06-01") });
    await book(host, { attendees: [{ email: person.email, name: mark }], ...at("2027-06-02") });
    await Promise.all([1, 2].map(() => as(harness(), admin)("DELETE", `/api/users/${person.id}`)));
    await Promise.all([1, 2, 3].map(() => finishErasures(harness().context)));
    expect(await harness().context.store.users.toRedact()).toEqual([]);
    expect(await dump(harness())).not.toContain(mark);
  });
});
