import { expect, test } from "bun:test";
import { openStore } from "../../db/open.ts";
import { type CachingStore, cachingStore } from "../../src/cache/caching-store.ts";
import { changeUser } from "../../src/domain/user.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { addPerson, testContext } from "../support/harness.ts";

/** A store that counts what it is asked, with someone in it. */
async function withCache(
  engine: "sqlite" | "postgres",
  work: (
    seen: CachingStore & {
      plain: Store;
      person: { id: string; organizationId: string };
      asked: () => number;
      hold: (until: Promise<void>) => void;
    },
  ) => Promise<void>,
) {
  const database = await createDatabase(engine);
  const plain = await openStore(database.url, { pool: 3 });
  const context = testContext(plain, systemClock);
  await install(context);
  const person = await addPerson({ context });
  let asked = 0;
  let held: Promise<void> = Promise.resolve();
  const counting: Store = {
    ...plain,
    users: {
      ...plain.users,
      byId: async (organizationId, id) => {
        asked += 1;
        const found = await plain.users.byId(organizationId, id);
        await held;
        return found;
      },
    },
  };
  const cache = cachingStore(counting);
  const hold = (until: Promise<void>) => {
    held = until;
  };
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
  const { change } = changeUser(
    user,
    { patch: { name }, actorId: null, eventId: Bun.randomUUIDv7() },
    systemClock.now(),
  );
  expect(change && (await through.commit(change))).toBe("committed");
}

onEachEngine("the cache", (engine) => {
  test("asks once, and again after a change of its own process", () =>
    withCache(engine, async ({ store, follow, person, asked }) => {
      follow({ tailAgeMs: () => 0 });
      const name = async () => (await store.users.byId(person.organizationId, person.id))?.name;
      await name();
      await name();
      expect(asked()).toBe(1);
      await rename(store, person, "Changed");
      expect(await name()).toBe("Changed");
    }));

  test("forgets what another process changed when the tail tells of it", () =>
    withCache(engine, async ({ store, plain, follow, forget, person }) => {
      follow({ tailAgeMs: () => 0 });
      const name = async () => (await store.users.byId(person.organizationId, person.id))?.name;
      await name();
      const position = await plain.events.end();
      await rename(plain, person, "Elsewhere");
      for (const event of await plain.events.after(position, 10)) forget(event);
      expect(await name()).toBe("Elsewhere");
    }));

  test("remembers nothing while the tail is behind, before there is one, or of what is not there", () =>
    withCache(engine, async ({ store, follow, person, asked }) => {
      let age = 0;
      const look = (id = person.id) => store.users.byId(person.organizationId, id);
      await look();
      await look();
      expect(asked()).toBe(2);
      follow({ tailAgeMs: () => age });
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
      follow({ tailAgeMs: () => 0 });
      const { promise, resolve } = Promise.withResolvers<void>();
      hold(promise);
      const slow = store.users.byId(person.organizationId, person.id);
      await Bun.sleep(50);
      await rename(plain, person, "Overtaking");
      forget({ subjectId: person.id });
      resolve();
      expect((await slow)?.name).not.toBe("Overtaking");
      expect((await store.users.byId(person.organizationId, person.id))?.name).toBe("Overtaking");
    }));

  test("of a session goes with its user, also when the two meet in the middle", () =>
    withCache(engine, async ({ store, plain, follow, forget, person }) => {
      follow({ tailAgeMs: () => 0 });
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
