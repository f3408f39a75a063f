import { expect, test } from "bun:test";
import { openStore } from "../../db/open.ts";
import { newTask } from "../../src/domain/tasks/task.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { testContext } from "../support/harness.ts";
import { openBroker, startInProcessWorker } from "../support/in-process-worker.ts";
import { toy } from "../support/toy-processor.ts";

/** A kind of task that the program does not know: a processor, and its line in the catalogue. */
onEachEngine("a new kind of task", (engine) => {
  /** What became of one, after the receiver refused it so often. */
  const outcomeAfter = async (refusals: number) => {
    const database = await createDatabase(engine);
    const store = await openStore(database.url, { pool: 4 });
    try {
      const context = testContext(store, systemClock);
      await install(context);
      const organizationId = (await store.organizations.bySlug("default"))?.id ?? "";
      const attempts: Date[] = [];
      const kinds = { ...catalogue, toy: toy(refusals, attempts) };
      const broker = await openBroker(store, { kinds });
      const worker = startInProcessWorker(store, broker, { kinds });
      const [id, subjectId, now] = [context.newId(), context.newId(), systemClock.now()];
      const planned = { id, organizationId, kind: "toy", subjectId, key: "", dueAt: now, data: { hops: 1 } };
      expect(await store.commit({ insert: { tasks: [newTask(planned, now)] } })).toBe("committed");
      const find = async () => {
        const about = { subjectId, kinds: ["toy"] };
        return (await store.tasks.ofSubject(organizationId, about, { limit: 1, sort: "dueAt" })).rows[0];
      };
      for (;;) {
        const task = await find();
        if (task?.attemptAt === null) break;
        await Bun.sleep(20);
      }
      const { state, reason, data } = (await find()) as NonNullable<Awaited<ReturnType<typeof find>>>;
      const counted = (await broker.counts()).toy;
      await worker.stop();
      await broker.close();
      return { state, reason, data, attempts: attempts.length, counted };
    } finally {
      await store.close();
      await database.drop();
    }
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
});
