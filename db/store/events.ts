import { and, eq, getTableColumns } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

export function eventQueries({ db, tables: { events }, log }: Engine): Store["events"] {
  return {
    ofSubject: (organizationId, subjectId, page) => {
      const where = and(eq(events.organizationId, organizationId), eq(events.subjectId, subjectId));
      return pageOf(db, events, page, events.version, where);
    },
    after: async (position, limit) => {
      const rows = await db
        .select({ ...getTableColumns(events), position: log.position })
        .from(events)
        .where(and(log.settled, position === null ? undefined : log.after(position)))
        .orderBy(log.order)
        .limit(limit);
      const found = rows.map(({ position: _, ...event }) => event);
      return { events: found, position: rows.at(-1)?.position ?? position };
    },
  };
}
