import { expect, test } from "bun:test";
import { openStore } from "../../db/open.ts";
import { type CachingStore, cachingStore } from "../../src/cache/caching-store.ts";
import { nobody } from "../../src/domain/actor.ts";
import { changeUser } from "../../src/domain/people/user.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { addPerson, testContext } from "../support/harness.ts";

/** Holds answers back, which have been read by then. `reached` resolves when the next one is held. */
type Hold = ((until: Promise<void>) => void) & { reached(): Promise<void> };

function newHold(): { hold: Hold; pass: () => Promise<void> } {
  let held: Promise<void> | null = null;
  let reached = Promise.withResolvers<void>();
  const hold = (until: Promise<void>) => {
    held = until;
    reached = Promise.withResolvers<void>();
  };
  const pass = async () => {
    if (!held) return;
    reached.resolve();
    await held;
  };
  return { hold: Object.assign(hold, { reached: () => reached.promise }), pass };
}

/** A store that counts what it is asked, with someone in it. */
async function withCache(
  engine: "sqlite" | "postgres",
  work: (
    seen: CachingStore & {
      plain: Store;
      person: { id: string; organizationId: string };
      asked: () => number;
      hold: Hold;
    },
  ) => Promise<void>,
) {
  const database = await createDatabase(engine);
  const plain = await openStore(database.url, { pool: 3 });
  const context = testContext(plain, systemClock);
  await install(context);
  const person = await addPerson({ context });
  let asked = 0;
  const { hold, pass } = newHold();
  const counting: Store = {
    ...plain,
    users: {
      ...plain.users,
      byId: async (organizationId, id) => {
        asked += 1;
        const found = await plain.users.byId(organizationId, id);
        await pass();
        return found;
      },
    },
    sessions: {
      ...plain.sessions,
      withUser: async (id) => {
        const found = await plain.sessions.withUser(id);
        await pass();
        return found;
      },
    },
  };
  const cache = cachingStore(counting);
  await work({ ...cache, plain, person, asked: () => asked, hold });
  await plain.close();
  await database.drop();
}

async function rename(
  through: Store,
  person: { id: string; organizationId: string },
  name: string,
): Promise<void> {
  const user = await through.users.byId(person.organizationId, person.id);
  if (!user) throw new Error("missing");
  const by = { actor: nobody, now: systemClock.now(), newId: Bun.randomUUIDv7 };
  const { change } = changeUser(by, user, { patch: { name } });
  expect(change && (await through.commit(change))).toBe("committed");
}

onEachEngine("the cache", (engine) => {
  test("asks once, and again after a change of its own process", () =>
    withCache(engine, async ({ store, follow, person, asked }) => {
      follow({ watchAgeMs: () => 0 });
      const name = async () => (await store.users.byId(person.organizationId, person.id))?.name;
      await name();
      await name();
      expect(asked()).toBe(1);
      await rename(store, person, "Changed");
      expect(await name()).toBe("Changed");
    }));

  test("forgets what another process changed when the log shows it", () =>
    withCache(engine, async ({ store, plain, follow, forget, person }) => {
      follow({ watchAgeMs: () => 0 });
      const name = async () => (await store.users.byId(person.organizationId, person.id))?.name;
      await name();
      const { mark } = await plain.events.visibleSince(null);
      await rename(plain, person, "Elsewhere");
      for (const event of (await plain.events.visibleSince(mark)).events ?? []) forget(event);
      expect(await name()).toBe("Elsewhere");
    }));

  test("remembers nothing while the tail is behind, before there is one, or of what is not there", () =>
    withCache(engine, async ({ store, follow, person, asked }) => {
      let age = 0;
      const look = (id = person.id) => store.users.byId(person.organizationId, id);
      await look();
      await look();
      expect(asked()).toBe(2);
      follow({ watchAgeMs: () => age });
      await look();
      await look();
      expect(asked()).toBe(3);
      age = 5_000;
      await look();
      expect(asked()).toBe(4);
      age = 0;
      const nobody = crypto.randomUUID();
      await look(nobody);
      await look(nobody);
      expect(asked()).toBe(6);
    }));

  test("keeps nothing that a change overtook while it was read", () =>
    withCache(engine, async ({ store, plain, follow, forget, person, hold }) => {
      follow({ watchAgeMs: () => 0 });
      const { promise, resolve } = Promise.withResolvers<void>();
      hold(promise);
      const slow = store.users.byId(person.organizationId, person.id);
      await hold.reached();
      await rename(plain, person, "Overtaking");
      forget({ subjectId: person.id });
      resolve();
      expect((await slow)?.name).not.toBe("Overtaking");
      expect((await store.users.byId(person.organizationId, person.id))?.name).toBe("Overtaking");
    }));

  test("keeps no session of which the user changed while it was read: only its answer says whose it is", () =>
    withCache(engine, async ({ store, plain, follow, forget, person, hold }) => {
      follow({ watchAgeMs: () => 0 });
      const session =
        (await plain.sessions.ofUser(person.id, { limit: 1, sort: "createdAt" })).rows[0]?.id ?? "";
      const name = async () => (await store.sessions.withUser(session))?.user.name;
      const { promise, resolve } = Promise.withResolvers<void>();
      hold(promise);
      const slow = name();
      await hold.reached();
      await rename(plain, person, "Overtaking");
      forget({ subjectId: person.id });
      resolve();
      expect(await slow).not.toBe("Overtaking");
      expect(await name()).toBe("Overtaking");
    }));

  test("forgets everything at once, also what is being read", () =>
    withCache(engine, async ({ store, plain, follow, forgetAll, person, hold }) => {
      follow({ watchAgeMs: () => 0 });
      const name = async () => (await store.users.byId(person.organizationId, person.id))?.name;
      await name();
      await rename(plain, person, "First");
      forgetAll();
      expect(await name()).toBe("First");
      forgetAll();
      const { promise, resolve } = Promise.withResolvers<void>();
      hold(promise);
      const slow = name();
      await hold.reached();
      await rename(plain, person, "Second");
      forgetAll();
      resolve();
      expect(await slow).toBe("First");
      expect(await name()).toBe("Second");
    }));

  test("of a session goes with its user, also when the two meet in the middle", () =>
    withCache(engine, async ({ store, plain, follow, forget, person }) => {
      follow({ watchAgeMs: () => 0 });
      const session =
        (await plain.sessions.ofUser(person.id, { limit: 1, sort: "createdAt" })).rows[0]?.id ?? "";
      const name = async () => (await store.sessions.withUser(session))?.user.name;
      await name();
      await rename(store, person, "First");
      expect(await name()).toBe("First");
      await rename(plain, person, "Second");
      const reading = store.sessions.withUser(session);
      forget({ subjectId: person.id });
      await reading;
      expect(await name()).toBe("Second");
    }));
});
