import { describe, expect, test } from "bun:test";
import { accountMailKind, planLink, spendLinks } from "../../src/domain/people/link.ts";
import { asDone, leaseMs, type Task } from "../../src/domain/tasks/task.ts";
import type { EngineName } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

/** A link, and the task that mails it. */
export function mailedLinkSuite(engine: EngineName): void {
  describe("a link that is mailed", () => {
    const harness = useHarness(engine);

    test("is spent while its mail is sent, and the ledger still says so", async () => {
      const { store, newId, clock } = harness().context;
      const person = await addPerson(harness());
      const user = await store.users.byId(person.organizationId, person.id);
      const planned =
        user && planLink({ now: clock.now(), newId }, user, { purpose: "reset_password", unused: [] });
      if (!planned) throw new Error("missing");
      await store.commit(planned.change);
      const read = await store.links.unusedOf(person.id);
      const now = clock.now();
      const [task] = (planned.change.insert?.tasks ?? []) as [Task];
      const lease = { now, until: new Date(now.getTime() + leaseMs) };
      const [leased] = await store.tasks.lease(accountMailKind, [task.id], lease);
      if (!leased) throw new Error("missing");
      await store.tasks.conclude(asDone(leased, now));
      expect(await store.commit(spendLinks(read, now))).toBe("committed");
      expect((await store.links.withUser(planned.link.id))?.link).toMatchObject({ usedAt: now });
      const about = { subjectId: planned.link.id, kinds: [accountMailKind] };
      const [done] = (await store.tasks.ofSubject(person.organizationId, about, { limit: 1, sort: "dueAt" }))
        .rows;
      expect(done).toMatchObject({ state: "done", attempts: 1, attemptAt: null, doneAt: now });
    });
  });
}
