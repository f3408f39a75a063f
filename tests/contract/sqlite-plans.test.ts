import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { Engine } from "../../db/engines/engine.ts";
import { sqliteDialect } from "../../db/engines/sqlite/dialect.ts";
import { createStore } from "../../db/store/store.ts";
import type { User } from "../../src/domain/people/user.ts";
import type { Store } from "../../src/ports/store.ts";
import { noObserver } from "../../src/ports/store-observer.ts";
import { createDatabase, type TestDatabase } from "../support/databases.ts";

const many = 20_000;
const maxLookedAt = 1_000;
const [org, person, thing] = ["organization", "person 1", "subject 1"];
const [from, to] = [new Date(2_000_000), new Date(18_000_000)];
const cursor = { value: new Date(10_000_000), id: "id" };
const places = { first: {}, next: { after: cursor }, numbered: { page: 3 } };
type Place = (typeof places)[keyof typeof places];

/** An event a second, of 100 people, and as many refusals and bookings. */
const rows = `
  create temp table numbers as with recursive upTo (n) as (select 1 union all select n + 1 from upTo where n < ${many})
    select n from upTo;
  insert into events (id, organization_id, subject_type, subject_id, version, type, actor_id, data, time)
    select 'event ' || n, '${org}', 'booking', 'subject ' || (n % 1000), iif(n % 3 = 0, null, n), 'booking.updated',
      'person ' || (n % 100), '{}', n * 1000 from numbers;
  insert into refusals (id, organization_id, actor_id, code, data, time)
    select 'refusal ' || n, '${org}', 'person ' || (n % 100), 'forbidden', '{}', n * 1000 from numbers;
  insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
      attendees, metadata, version, created_at, updated_at)
    select 'booking ' || n, '${org}', 'person ' || (n % 100), 'resource ' || (n % 50), 'B', n * 1000, n * 1000 + 500,
      'confirmed', 1, '[]', '{}', 1, n * 1000, n * 1000 from numbers`;

/** Every list, by everything that it can be filtered by. */
const lists: Record<string, (store: Store, place: Place) => Promise<unknown>> = {};
const periods = { "at any time": {}, "since then": { from }, "until then": { to }, between: { from, to } };
for (const [when, period] of Object.entries(periods)) {
  for (const filter of [
    {},
    { type: "booking.updated" },
    { type: "key.created" },
    { type: "request.refused" },
    { actorId: person },
    { actorId: person, type: "key.created" },
    { actorId: person, type: "request.refused" },
    { subjectId: thing },
    { subjectId: thing, actorId: person },
    { subjectId: thing, actorId: person, type: "key.created" },
  ])
    lists[`audit ${JSON.stringify(filter)} ${when}`] = (store, place) =>
      store.audit.list(org, { ...filter, ...period }, { limit: 20, sort: "-time", ...place });
  for (const filter of [{}, { ownerId: person }, { resourceId: "resource 1" }, { q: "needle" }])
    for (const sort of ["startTime", "-startTime", "createdAt", "-createdAt"] as const)
      lists[`bookings ${JSON.stringify(filter)} ${when} by ${sort}`] = async (store, place) => {
        // A numbered page counts what is there at that time, and sorts it by when it was made: no index does both.
        const isThere = when !== "at any time" || "resourceId" in filter;
        if (place === places.numbered && sort.endsWith("createdAt") && isThere) return;
        await store.bookings.list(org, { ...filter, ...period }, { limit: 20, sort, ...place });
      };
}
const byCreation = { limit: 20, sort: "createdAt" } as const;
for (const q of [undefined, "needle"]) {
  lists[`users, text ${q}`] = (store, place) =>
    store.users.list(org, { q, role: "admin", status: "active" }, { ...byCreation, ...place });
  for (const kind of [undefined, "calendar"] as const)
    lists[`resources, text ${q} kind ${kind}`] = (store, place) =>
      store.resources.list(org, { q, kind, calendarsOf: person }, { ...byCreation, ...place });
}
lists.sessions = (store, place) => store.sessions.ofUser(person, { ...byCreation, ...place });
lists["sessions that count"] = (store) =>
  store.sessions.current({ id: person, credentialGeneration: 1 } as User, from, 100);
lists["API keys"] = (store, place) => store.apiKeys.list(org, { ...byCreation, ...place });
lists["the reminders of a booking"] = (store, place) =>
  store.tasks.ofSubject(org, { subjectId: thing, kinds: ["a"] }, { limit: 20, sort: "dueAt", ...place });
lists["the reminders of bookings"] = (store) =>
  store.tasks.ofSubjects(org, { subjectIds: [thing, "subject 2"], kinds: ["a"] });
lists["the history of a booking"] = (store) =>
  store.events.ofSubject(org, thing, { limit: 20, sort: "version" });

type Step = { id: number; parent: number; detail: string };

/**
 * The steps that cost more than a page, or than the one subject that was asked for: whole tables, sorts of what an index
 * found, and unions that have no order to end in. What a step before it has limited (a coroutine) may be read and sorted.
 */
function costly(plan: Step[]): string[] {
  return plan
    .filter(({ parent, detail }) => {
      if (detail === "COMPOUND QUERY") return true;
      const beside = plan.filter((step) => step.parent === parent).map((step) => step.detail);
      if (/^USE TEMP B-TREE/.test(detail))
        return beside.some((other) => /^SEARCH (?!.*\(subject_id=\?)/.test(other));
      const [, scanned] = /^SCAN (\w+)/.exec(detail) ?? [];
      const limited = beside.some((other) => new RegExp(`^(CO-ROUTINE|MATERIALIZE) ${scanned}$`).test(other));
      return (scanned !== undefined && scanned !== "json_each" && !limited) || /AUTOMATIC/.test(detail);
    })
    .map(({ detail }) => detail);
}

describe("a list on SQLite", () => {
  let database: TestDatabase;
  let client: Database;
  let store: Store;
  let asked: [text: string, values: unknown[]][] = [];
  beforeAll(async () => {
    database = await createDatabase("sqlite");
    client = new Database(database.url.slice("sqlite:".length), { strict: true });
    client.run(rows);
    const logger = { logQuery: (text: string, values: unknown[]) => void asked.push([text, values]) };
    const db = drizzle(client, { logger }) as unknown as Engine["db"];
    const engine = { ...sqliteDialect, db, run: (work) => work() } as Engine;
    store = createStore(engine, noObserver, maxLookedAt);
  });
  afterAll(async () => {
    client.close();
    await database.drop();
  });

  const explain = (text: string, values: unknown[]) =>
    costly(client.query(`explain query plan ${text}`).all(...(values as never[])) as Step[]);
  const faults = async (ask: (typeof lists)[string]) => {
    const found: object[] = [];
    for (const [where, place] of Object.entries(places)) {
      asked = [];
      await ask(store, place);
      for (const [text, values] of asked)
        for (const step of explain(text, values)) found.push({ where, step, text });
    }
    return found;
  };

  test.each(Object.entries(lists))("finds its page by an index: %s", async (_, ask) => {
    expect(await faults(ask)).toEqual([]);
  });

  test("that sorts everything is seen (mutant)", () => {
    const both = "select id, time from events union all select id, time from refusals";
    const events = "select * from events where organization_id = 'x'";
    const some = "select id, time, organization_id";
    const view = `(${some}, version from events union all ${some}, 0 from refusals) as audit where organization_id = 'x'`;
    for (const text of [
      `select * from (${both}) order by time desc limit 20`,
      `select * from (select * from ${view} order by time desc limit 1000) as audit where version > 0`,
      `${events} order by seq limit 20`,
      "select * from events order by type limit 20",
    ])
      expect([text, explain(text, [])]).toEqual([text, expect.arrayContaining([expect.any(String)])]);
  });

  test("finds it also when the tables were analyzed", async () => {
    client.run("analyze");
    const found = [];
    for (const [name, ask] of Object.entries(lists))
      found.push(...(await faults(ask)).map((fault) => ({ name, ...fault })));
    expect(found).toEqual([]);
  });
});
