import { expect, test } from "bun:test";
import { openStore } from "../../db/open.ts";
import { newTask, type Task } from "../../src/domain/tasks/task.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import type { Broker } from "../../worker/queues/broker.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { testContext } from "../support/harness.ts";
import { openBroker, startInProcessWorker } from "../support/in-process-worker.ts";
import { toy } from "../support/toy-processor.ts";

type Planned = { find(): Promise<Task>; concluded(): Promise<Task> };

/** Kinds of tasks that the program does not know: a processor each, and its line in the catalogue. */
onEachEngine("a new kind of task", (engine) => {
  /** A worker for some kinds, on a Redis where one is named. */
  const withWorker = async <T>(
    { kinds, redisUrl }: { kinds: Partial<typeof catalogue>; redisUrl?: string },
    use: (plan: (kind: string) => Promise<Planned>, broker: Broker) => Promise<T>,
  ): Promise<T> => {
    const database = await createDatabase(engine);
    const store = await openStore(database.url, { pool: 4 });
    try {
      const context = testContext(store, systemClock);
      await install(context);
      const organizationId = (await store.organizations.bySlug("default"))?.id ?? "";
      const all = { ...kinds, ...catalogue } as typeof catalogue;
      const broker = await openBroker(store, { kinds: all, ...(redisUrl ? { redisUrl } : {}) });
      const worker = startInProcessWorker(store, broker, { kinds: all });
      const plan = async (kind: string) => {
        const [id, subjectId, now] = [context.newId(), context.newId(), systemClock.now()];
        const planned = { id, organizationId, kind, subjectId, key: "", dueAt: now, data: { hops: 1 } };
        expect(await store.commit({ insert: { tasks: [newTask(planned, now)] } })).toBe("committed");
        const about = { subjectId, kinds: [kind] };
        const find = async () =>
          (await store.tasks.ofSubject(organizationId, about, { limit: 1, sort: "dueAt" })).rows[0] as Task;
        return {
          find,
          concluded: async () => {
            for (let task = await find(); ; task = await find()) {
              if (task.attemptAt === null) return task;
              await Bun.sleep(20);
            }
          },
        };
      };
      const result = await use(plan, broker);
      await worker.stop();
      await broker.close();
      return result;
    } finally {
      await store.close();
      await database.drop();
    }
  };

  /** What became of one, after the receiver refused it so often. */
  const outcomeAfter = async (refusals: number) => {
    const attempts: Date[] = [];
    return withWorker({ kinds: { toy: toy(refusals, attempts) } }, async (plan, broker) => {
      const { state, reason, data } = await (await plan("toy")).concluded();
      return { state, reason, data, attempts: attempts.length, counted: (await broker.counts()).toy };
    });
  };

  test("is done by its processor, again by its own schedule, and shows among the queues", async () => {
    expect(await outcomeAfter(2)).toMatchObject({
      ...{ state: "done", reason: null, data: { hops: 1 }, attempts: 3 },
      counted: { completed: 1, failed: 0 },
    });
  });

  test("fails for good after as many attempts as its schedule has", async () => {
    expect(await outcomeAfter(9)).toMatchObject({
      ...{ state: "failed", reason: "The receiver answered 500.", attempts: 3 },
      counted: { completed: 0, failed: 1 },
    });
  });

  /** No Redis answers on port 1, so there the worker works from the ledger itself. */
  for (const redisUrl of [undefined, "redis://127.0.0.1:1"]) {
    const where = redisUrl ? "while Redis is away" : "without Redis";
    test(`that is stuck holds up no other ${where}`, async () => {
      const end = Promise.withResolvers<undefined>();
      const stuck = () => ({ kind: "stuck", run: () => end.promise });
      await withWorker(
        { kinds: { stuck, toy: toy(0, []) }, ...(redisUrl ? { redisUrl } : {}) },
        async (plan) => {
          // More than a worker takes up at once.
          const several = await Promise.all(Array.from({ length: 25 }, () => plan("stuck")));
          const leased = async () => {
            const all = await Promise.all(several.map(({ find }) => find()));
            return all.filter(({ state }) => state === "leased").length;
          };
          while ((await leased()) === 0) await Bun.sleep(20);
          expect(await (await plan("toy")).concluded()).toMatchObject({ state: "done" });
          end.resolve(undefined);
        },
      );
    });
  }
});
