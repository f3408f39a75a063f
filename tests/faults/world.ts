import { createResource } from "../../src/domain/resources/resource.ts";
import { byOf } from "../../src/operations/by.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { createDatabase, type EngineName, openTestStore, type TestDatabase } from "../support/databases.ts";
import { addPerson, type Person, testContext } from "../support/harness.ts";
import { type Server, sharedSecrets, startServer } from "../support/server.ts";

/** A database with people and rooms, for real processes to serve; the test's own connection to it is closed. */
export type World = {
  database: TestDatabase;
  people: Person[];
  rooms: string[];
  serve(env?: Record<string, string>): Promise<Server>;
};

type Options = { people?: number; capacities: number[]; server?: string };

export async function createWorld(
  engine: EngineName,
  { people = 8, capacities, server }: Options,
): Promise<World> {
  const database = await createDatabase(engine, server ? { server } : {});
  const store = await openTestStore(database.url);
  const context = testContext(store, systemClock);
  await install(context);
  const all: Person[] = [];
  for (let n = 0; n < people; n++) all.push(await addPerson({ context }, n === 0 ? "admin" : "user"));
  const [admin] = all as [Person];
  const actor = {
    organizationId: admin.organizationId,
    userId: admin.id,
    role: "admin" as const,
    sessionId: "",
  };
  const rooms: string[] = [];
  for (const capacity of capacities) {
    const fields = { name: "Room", description: null, timezone: "UTC", capacity, metadata: {} };
    const made = createResource(byOf(context, actor), fields);
    await store.commit(made.change);
    rooms.push(made.resource.id);
  }
  await store.close();
  return {
    database,
    people: all,
    rooms,
    serve: (env = {}) => serveWorld(database, env),
  };
}

/** A process for the database. An object is there already, and has no process of its own. */
async function serveWorld({ engine, url }: TestDatabase, env: Record<string, string>): Promise<Server> {
  if (engine !== "object") return startServer({ env: { ...sharedSecrets, DATABASE_URL: url, ...env } });
  const exited = Promise.resolve(0);
  return { url: url.slice("object:".length), pid: 0, output: () => "", kill: () => {}, exited };
}
