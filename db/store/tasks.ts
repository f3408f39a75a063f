import {
  and,
  asc,
  count,
  desc,
  eq,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { leaseLost, type Task } from "../../src/domain/tasks/task.ts";
import type { Tasks } from "../../src/ports/tasks.ts";
import type { Engine } from "../engines/engine.ts";
import { pageOf } from "./page.ts";

export function taskQueries({ db, among, takeRows, tables: { tasks } }: Engine): Tasks {
  const dueBy = (now: Date) => lte(tasks.attemptAt, now);
  const isOpen = isNotNull(tasks.attemptAt);
  const ofKind = (kind: string) => eq(tasks.kind, kind);

  const lease = (where: SQL | undefined, { now, until }: { now: Date; until: Date }): Promise<Task[]> =>
    db
      .update(tasks)
      .set({
        state: "leased",
        // If it was leased, that lease was lost; a failed task starts over.
        reason: sql`case ${tasks.state} when 'leased' then ${leaseLost} when 'failed' then null else ${tasks.reason} end`,
        attempts: sql`${tasks.attempts} + 1`,
        attemptAt: until,
        updatedAt: now,
      })
      .where(where)
      .returning();
  /** Rows that others have not locked, so that workers never wait for one another; with a limit, the longest waiting. */
  const taken = (where: SQL | undefined, limit?: number) => {
    const found = db.select({ id: tasks.id }).from(tasks).where(where);
    const picked = limit === undefined ? found : found.orderBy(asc(tasks.attemptAt)).limit(limit);
    return sql`${tasks.id} in (${picked} ${takeRows})`;
  };
  const number = async (where: SQL | undefined) =>
    (await db.select({ n: count() }).from(tasks).where(where))[0]?.n ?? 0;

  return {
    lease: (kind, ids, { retry = false, ...bounds }) => {
      const open = retry ? or(dueBy(bounds.now), eq(tasks.state, "failed")) : dueBy(bounds.now);
      return lease(taken(and(among(tasks.id, ids), ofKind(kind), open)), bounds);
    },
    leaseDue: (kind, limit, bounds) => lease(taken(and(ofKind(kind), dueBy(bounds.now)), limit), bounds),
    conclude: async ({ id, attempts, state, reason, attemptAt, doneAt, updatedAt }) => {
      await db
        .update(tasks)
        .set({ state, reason, attemptAt, doneAt, updatedAt })
        .where(and(eq(tasks.id, id), eq(tasks.attempts, attempts), eq(tasks.state, "leased")));
    },
    toQueue: (kind, { until, overdue, queuedBefore }, limit) => {
      const fresh = and(isNull(tasks.queuedAt), lte(tasks.attemptAt, until), eq(tasks.state, "scheduled"));
      const lost = and(
        lte(tasks.attemptAt, overdue),
        or(isNull(tasks.queuedAt), lte(tasks.queuedAt, queuedBefore)),
      );
      // Neither reaches further. Postgres reads the index of open rows only up to one bound for both.
      const latest = new Date(Math.max(until.getTime(), overdue.getTime()));
      return db
        .select()
        .from(tasks)
        .where(and(ofKind(kind), lte(tasks.attemptAt, latest), or(fresh, lost)))
        .orderBy(asc(tasks.attemptAt))
        .limit(limit);
    },
    markQueued: async (ids, at) => {
      await db
        .update(tasks)
        .set({ queuedAt: at })
        .where(taken(among(tasks.id, ids)));
    },
    forgetQueued: async () => {
      await db
        .update(tasks)
        .set({ queuedAt: null })
        .where(and(isOpen, isNotNull(tasks.queuedAt)));
    },
    nextAttemptAt: async (kind) => {
      const [next] = await db
        .select({ at: tasks.attemptAt })
        .from(tasks)
        .where(and(ofKind(kind), isOpen))
        .orderBy(asc(tasks.attemptAt))
        .limit(1);
      return next?.at ?? null;
    },
    retryFailed: async (now, ids) => {
      const which = and(eq(tasks.state, "failed"), ids ? among(tasks.id, ids) : undefined);
      const retried = await db
        .update(tasks)
        .set({ state: "scheduled", reason: null, attemptAt: now, queuedAt: null, updatedAt: now })
        .where(which)
        .returning({ id: tasks.id });
      return retried.length;
    },
    counts: async (kind, now) => {
      const some = (where: SQL | undefined) => number(and(ofKind(kind), where));
      const [waiting, active, all, failed, done] = await Promise.all([
        some(and(dueBy(now), eq(tasks.state, "scheduled"))),
        some(and(isOpen, eq(tasks.state, "leased"))),
        some(isOpen),
        some(eq(tasks.state, "failed")),
        some(isNotNull(tasks.doneAt)),
      ]);
      return { waiting, active, delayed: all - waiting - active, failed, done };
    },
    skipped: (kind) => number(and(ofKind(kind), eq(tasks.state, "skipped"))),
    overdue: (kind, before) => number(and(ofKind(kind), isOpen, lt(tasks.attemptAt, before))),
    lastDone: (kind, limit, since) =>
      db
        .select({ dueAt: tasks.dueAt, doneAt: tasks.doneAt })
        .from(tasks)
        .where(and(ofKind(kind), isNotNull(tasks.doneAt), gte(tasks.doneAt, since)))
        .orderBy(desc(tasks.doneAt))
        .limit(limit) as Promise<{ dueAt: Date; doneAt: Date }[]>,
    listFailed: (limit) =>
      db.select().from(tasks).where(eq(tasks.state, "failed")).orderBy(asc(tasks.dueAt)).limit(limit),
    ofSubject: (organizationId, { subjectId, kinds }, page) =>
      pageOf(db, tasks, page, tasks.dueAt, {
        walk: and(
          eq(tasks.organizationId, organizationId),
          eq(tasks.subjectId, subjectId),
          inArray(tasks.kind, [...kinds]),
        ),
      }),
    ofSubjects: (organizationId, { subjectIds, kinds }) =>
      db
        .select()
        .from(tasks)
        .where(
          and(
            eq(tasks.organizationId, organizationId),
            among(tasks.subjectId, subjectIds),
            inArray(tasks.kind, [...kinds]),
            ne(tasks.state, "voided"),
          ),
        )
        .orderBy(asc(tasks.dueAt), asc(tasks.id)),
  };
}
