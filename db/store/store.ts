import { eq } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import { noObserver } from "../../src/ports/store-observer.ts";
import type { Engine } from "../engines/engine.ts";
import { apiKeyQueries } from "./api-keys.ts";
import { auditQueries } from "./audit.ts";
import { bookingQueries } from "./bookings.ts";
import { removeDemo } from "./demo.ts";
import { erasureQueries } from "./erasure.ts";
import { eventQueries } from "./events.ts";
import { linkQueries } from "./links.ts";
import { maxLookedAt as maxByDefault } from "./page.ts";
import { receiptQueries } from "./receipts.ts";
import { reminderQueries } from "./reminders.ts";
import { resourceQueries } from "./resources.ts";
import { sessionQueries } from "./sessions.ts";
import { taskQueries } from "./tasks.ts";
import { userQueries } from "./users.ts";

/** The store over an engine: its commit, and the queries, each within the engine's bounds. */
export function createStore(engine: Engine, observer = noObserver, maxLookedAt = maxByDefault): Store {
  const { db, tables } = engine;
  /** Sends every query through `engine.run`, so that no query can wait without end. */
  const bounded = <T extends object>(group: string, queries: T): T => {
    const wrapped = Object.entries(queries as Record<string, Query>).map(([name, query]) => [
      name,
      (...args: never[]) => observer.query(group + name, () => engine.run(() => query(...args))),
    ]);
    return Object.fromEntries(wrapped) as T;
  };
  return {
    engine: engine.name,
    commit: (change) => observer.query("commit", () => engine.commit(change)),
    organizations: bounded("organizations.", {
      bySlug: async (slug: string) => {
        const found = await db.select().from(tables.organizations).where(eq(tables.organizations.slug, slug));
        return found[0] ?? null;
      },
    }),
    users: bounded("users.", userQueries(engine, maxLookedAt)),
    sessions: bounded("sessions.", sessionQueries(engine)),
    apiKeys: bounded("apiKeys.", apiKeyQueries(engine)),
    resources: bounded("resources.", resourceQueries(engine, maxLookedAt)),
    bookings: bounded("bookings.", bookingQueries(engine, maxLookedAt)),
    reminders: bounded("reminders.", reminderQueries(engine)),
    links: bounded("links.", linkQueries(engine)),
    tasks: bounded("tasks.", taskQueries(engine)),
    audit: bounded("audit.", auditQueries(engine, maxLookedAt)),
    erasure: erasureQueries(engine),
    events: {
      ...bounded("events.", eventQueries(engine)),
      beginning: engine.log.beginning,
    },
    receipts: bounded("receipts.", receiptQueries(engine)),
    ...bounded("", {
      settingOnce: async (name: string, value: string) => {
        const read = async () =>
          (await db.select().from(tables.settings).where(eq(tables.settings.name, name)))[0]?.value;
        const known = await read();
        if (known !== undefined) return known;
        await db.insert(tables.settings).values({ name, value }).onConflictDoNothing();
        return (await read()) ?? value;
      },
      removeDemo: removeDemo(engine),
    }),
    refreshStatistics: engine.refreshStatistics,
    ping: engine.ping,
    time: engine.time,
    notWritable: engine.notWritable,
    close: engine.close,
  };
}

type Query = (...args: never[]) => Promise<unknown>;
