import { expect, test } from "bun:test";
import type { Store } from "../../src/ports/store.ts";
import { finishErasures } from "../../worker/processors/finish-erasures.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

const at = (n: number) => {
  const start = Date.UTC(2027, 6, 1) + n * 3_600_000;
  return { startTime: new Date(start).toISOString(), endTime: new Date(start + 60_000).toISOString() };
};

/** Before all rows in ascending order. */
const lookedTo = { value: new Date("2000-01-01"), id: "00000000-0000-4000-8000-000000000000" };

/** Lists of bookings that begin with a page for which nothing was found yet, as those of something rare do. */
const slowly = (store: Store): Store => ({
  ...store,
  bookings: {
    ...store.bookings,
    list: async (organizationId, filter, page) =>
      page.after ? store.bookings.list(organizationId, filter, page) : { rows: [], hasMore: true, lookedTo },
  },
});

onEveryEngine("a walk through pages goes on while there are more", (engine) => {
  const harness = useHarness(engine, { maxLookedAt: 3 });

  test("so that an export has all that a person did, however much others did since", async () => {
    const [person, other] = [await addPerson(harness()), await addPerson(harness())];
    const call = as(harness(), person);
    for (const n of [0, 1]) await call("POST", "/api/bookings", { title: "Mine", ...at(n) });
    for (let n = 0; n < 10; n++) {
      harness().clock.advance(1_000);
      await as(harness(), other)("POST", "/api/bookings", { title: "Other", ...at(n) });
    }
    await call("POST", "/api/bookings", { title: "Mine", ...at(2) });
    for (const seen of [harness(), withContext(harness(), { store: slowly(harness().context.store) })]) {
      const { body } = await as(seen, person)("GET", `/api/users/${person.id}/export`);
      expect(body.bookings).toHaveLength(3);
      const types = body.activity.map(({ type }: { type: string }) => type);
      expect(types.filter((type: string) => type === "booking.created")).toHaveLength(3);
      expect(types).toContain("session.started");
    }
  });

  test("and what one person did is read without looking at what others did", async () => {
    const [person, other] = [await addPerson(harness()), await addPerson(harness())];
    await as(harness(), person)("POST", "/api/bookings", { title: "Mine", ...at(0) });
    for (let n = 0; n < 10; n++) {
      harness().clock.advance(1_000);
      await as(harness(), other)("POST", "/api/bookings", { title: "Other", ...at(n) });
    }
    const { store } = harness().context;
    let asked = 0;
    const list: typeof store.audit.list = (...args) => {
      asked++;
      return store.audit.list(...args);
    };
    const watched = withContext(harness(), { store: { ...store, audit: { ...store.audit, list } } });
    const { body } = await as(watched, person)("GET", `/api/users/${person.id}/export`);
    expect([body.activity.length, asked]).toEqual([2, 1]);
  });

  test("so that an erasure cancels and redacts what comes after an empty page, and ends", async () => {
    const person = await addPerson(harness());
    const admin = as(harness(), await addPerson(harness(), "admin"));
    const call = as(harness(), person);
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      const { body } = await call("POST", "/api/bookings", { title: "Private", ...at(n) });
      ids.push(body.id);
      if (n < 4) await call("POST", `/api/bookings/${body.id}/cancel`, {});
    }
    // What comes after the answer is left to the worker.
    const store = slowly(harness().context.store);
    const slow = withContext(harness(), { store, later: () => {} });
    expect((await as(slow, person)("DELETE", "/api/auth/me")).status).toBe(204);
    const stateOf = async (id: string) => {
      const { status, title } = (await admin("GET", `/api/bookings/${id}`)).body;
      return { status, title };
    };
    expect(await Promise.all(ids.map(stateOf))).toEqual(
      ids.map(() => ({ status: "cancelled", title: "Private" })),
    );
    await finishErasures({ ...harness().context, store });
    expect(await Promise.all(ids.map(stateOf))).toEqual(
      ids.map(() => ({ status: "cancelled", title: "[erased]" })),
    );
    expect(await store.users.toRedact()).toEqual([]);
  });
});
