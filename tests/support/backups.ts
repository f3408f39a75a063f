import { openStore } from "../../db/open.ts";
import { create } from "../../src/operations/bookings/create.ts";
import { seedDemo } from "../../src/operations/demo/seed.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { createDatabase, type EngineName, type TestDatabase } from "./databases.ts";
import { addPerson, testContext } from "./harness.ts";
import { settled } from "./settled.ts";

export const backedUp = { version: "0.0.0", takenAt: new Date() };
/** What a backup can be restored into here, whatever it is of. */
export const engines: EngineName[] = process.env.TEST_DATABASE_URL ? ["sqlite", "postgres"] : ["sqlite"];

export async function withStore<T>(database: TestDatabase, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(database.url, { pool: 4 });
  return work(store).finally(() => store.close());
}

/** Accounts, resources of several capacities, bookings, cancellations, reminders and their log. */
export async function filled(engine: EngineName): Promise<TestDatabase> {
  const database = await createDatabase(engine);
  await withStore(database, async (store) => {
    const context = testContext(store, systemClock);
    await install(context);
    const admin = await addPerson({ context }, "admin");
    const actor = { ...admin, userId: admin.id, role: "admin" as const, sessionId: "" };
    const attendees = [{ email: "grace@example.com", name: null }];
    const when = { startTime: new Date("2099-06-01T10:00:00Z"), endTime: new Date("2099-06-01T11:00:00Z") };
    const words = { title: "Party", description: null, location: null, metadata: {}, quantity: 1 };
    await create(context, actor, { ...words, ...when, attendees });
    await seedDemo(context, { bookings: 120, password: "password123" });
    await settled(store);
  });
  return database;
}

/** Something that is told after the restore. */
export async function addSomeone(store: Store): Promise<void> {
  await addPerson({ context: testContext(store, systemClock) });
  await settled(store);
}
