import { expect, test } from "bun:test";
import { join } from "node:path";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import type { Actor } from "../../src/domain/actor.ts";
import { create } from "../../src/operations/bookings/create.ts";
import type { Context } from "../../src/operations/context.ts";
import { list } from "../../src/operations/events/list.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { addSomeone, backedUp, engines, filled, withStore } from "../support/backups.ts";
import { createDatabase, describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { testContext } from "../support/harness.ts";
import { settled } from "../support/settled.ts";

/** A booking on the caller's calendar, in a year that the demo data does not reach. */
async function bookSomething(context: Context, actor: Actor): Promise<void> {
  const when = { startTime: new Date("2098-06-01T10:00:00Z"), endTime: new Date("2098-06-01T11:00:00Z") };
  const words = { title: "News", description: null, location: null, metadata: {}, quantity: 1 };
  await create(context, actor, { ...words, ...when, attendees: [] });
}

onEachEngine("a backup", (engine) => {
  for (const target of engines)
    test(`is restored into ${target}: a client's cursor goes on there, without a gap or a repeat`, () =>
      inEmptyFolder(async (cwd) => {
        const folder = join(cwd, "backup");
        const [source, copy] = [await filled(engine), await createDatabase(target, { migrate: false })];
        const read = async (store: Store, after?: string, limit = 1_000) => {
          const context = testContext(store, systemClock);
          const admin = await store.users.byEmail("admin@demo.localhost");
          if (!admin) throw new Error("missing");
          const { organizationId, id: userId } = admin;
          const actor = { organizationId, userId, role: "admin" as const, sessionId: "" };
          const page = await list(context, actor, { after, limit });
          const book = () => bookSomething(context, actor);
          return { ids: page.events.map(({ id }) => id), cursor: page.nextCursor, book };
        };
        const [all, half] = await withStore(source, (store) =>
          Promise.all([read(store), read(store, undefined, 60)]),
        );
        // Others are in the log after the end of what this organization did.
        await withStore(source, addSomeone);
        await writeBackup(source.url, { folder, ...backedUp });
        await restoreBackup(copy.url, { folder });
        await withStore(copy, async (store) => {
          expect((await read(store, half.cursor)).ids).toEqual(all.ids.slice(60));
          const quiet = await read(store, all.cursor);
          expect(quiet.ids).toEqual([]);
          await quiet.book();
          await settled(store);
          const news = await read(store, all.cursor);
          expect(news.ids).toHaveLength(1);
          expect((await read(store, half.cursor)).ids).toEqual([...all.ids.slice(60), ...news.ids]);
          expect((await read(store, quiet.cursor)).ids).toEqual(news.ids);
        });
        await Promise.all([source.drop(), copy.drop()]);
      }));

  test("restored twice never has one position for two events, and neither copy takes a cursor of the other", () =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const source = await filled(engine);
      await writeBackup(source.url, { folder, ...backedUp });
      const restored = async () => {
        const copy = await createDatabase(engine, { migrate: false });
        await restoreBackup(copy.url, { folder });
        const [before, after] = await withStore(copy, async (store) => {
          const count = (await wholeLog(store)).length;
          await addSomeone(store);
          return [count, await wholeLog(store)] as const;
        });
        return { copy, news: after.slice(before).map(({ position }) => position) };
      };
      const [one, two] = [await restored(), await restored()];
      expect(one.news.filter((position) => two.news.includes(position))).toEqual([]);
      for (const [mine, theirs] of [
        [one, two],
        [two, one],
      ] as const) {
        const taken = await withStore(mine.copy, (store) =>
          Promise.all([mine.news, theirs.news].map((news) => store.events.issued(news.at(-1) ?? ""))),
        );
        // Below its end, SQLite can't say whose a number is.
        if (engine === "postgres") expect(taken).toEqual([true, false]);
        else expect(taken[0]).toBe(true);
      }
      await Promise.all([source.drop(), one.copy.drop(), two.copy.drop()]);
    }));
});

describeOnPostgres("a backup that is restored into a database made before", () => {
  /** What is heard of what is committed after the restore by somebody who had heard what came after the backup. */
  const heardAfter = (mutate: (url: string, epoch: number) => Promise<unknown>) =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const [source, copy] = [await filled("postgres"), await createDatabase("postgres")];
      await writeBackup(source.url, { folder, ...backedUp });
      const heard = await withStore(source, async (store) => {
        await addSomeone(store);
        return store.events.end();
      });
      const epoch = Number(heard.split(":")[0]);
      await runSql(copy.url, `update log_epoch set epoch = ${epoch}`);
      await restoreBackup(copy.url, { folder });
      await mutate(copy.url, epoch);
      const news = await withStore(copy, async (store) => {
        await addSomeone(store);
        // As on a cluster that has counted less far than the source's.
        const [epochOf, xid] = heard.split(":");
        return store.events.after(`${epochOf}:${BigInt(xid ?? 0) + 1_000_000n}:1`, 100);
      });
      await Promise.all([source.drop(), copy.drop()]);
      return news.length;
    });

  test("begins an epoch of its own", async () => {
    expect(await heardAfter(async () => {})).toBeGreaterThan(0);
  });

  test("and keeps the epoch says nothing of what is new (mutant)", async () => {
    const keeps = (url: string, epoch: number) => runSql(url, `update log_epoch set epoch = ${epoch}`);
    expect(await heardAfter(keeps)).toBe(0);
  });
});
