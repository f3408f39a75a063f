import { eq } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { apiKeyQueries } from "./api-keys.ts";
import { auditQueries } from "./audit.ts";
import { bookingQueries } from "./bookings.ts";
import { removeDemo } from "./demo.ts";
import { erasureQueries } from "./erasure.ts";
import { eventQueries } from "./events.ts";
import { ledgerQueries } from "./ledger.ts";
import { mailQueries } from "./mails.ts";
import { receiptQueries } from "./receipts.ts";
import { reminderQueries } from "./reminders.ts";
import { resourceQueries } from "./resources.ts";
import { sessionQueries } from "./sessions.ts";
import { userQueries } from "./users.ts";

/** The store over an engine: its commit, and the queries, each within the engine's bounds. */
export function createStore(engine: Engine): Store {
  const { db, tables } = engine;
  return {
    engine: engine.name,
    commit: engine.commit,
    organizations: bounded(engine, {
      bySlug: async (slug: string) => {
        const found = await db.select().from(tables.organizations).where(eq(tables.organizations.slug, slug));
        return found[0] ?? null;
      },
    }),
    users: bounded(engine, userQueries(engine)),
    sessions: bounded(engine, sessionQueries(engine)),
    apiKeys: bounded(engine, apiKeyQueries(engine)),
    resources: bounded(engine, resourceQueries(engine)),
    bookings: bounded(engine, bookingQueries(engine)),
    reminders: bounded(engine, reminderQueries(engine)),
    mails: bounded(engine, mailQueries(engine)),
    audit: bounded(engine, auditQueries(engine)),
    erasure: erasureQueries(engine),
    ledgers: {
      reminders: bounded(engine, ledgerQueries(engine, tables.reminders)),
      mails: bounded(engine, ledgerQueries(engine, tables.mails)),
    },
    events: {
      ...bounded(engine, eventQueries(engine)),
      beginning: engine.log.beginning,
      isPosition: engine.log.isPosition,
    },
    receipts: bounded(engine, receiptQueries(engine)),
    settingOnce: (name, value) =>
      engine.run(async () => {
        await db.insert(tables.settings).values({ name, value }).onConflictDoNothing();
        const [kept] = await db.select().from(tables.settings).where(eq(tables.settings.name, name));
        return kept?.value ?? value;
      }),
    ...bounded(engine, { removeDemo: removeDemo(engine) }),
    ping: engine.ping,
    close: engine.close,
  };
}

type Query = (...args: never[]) => Promise<unknown>;

/** Sends every query through `engine.run`, so that none can be written that waits without end. */
function bounded<T extends object>(engine: Engine, queries: T): T {
  const wrapped = Object.entries(queries as Record<string, Query>).map(([name, query]) => [
    name,
    (...args: never[]) => engine.run(() => query(...args)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
