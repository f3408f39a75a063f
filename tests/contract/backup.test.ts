import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { BackupFault } from "../../db/backup/files.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { verifyBackup } from "../../db/backup/verify-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { differsFromLog, missummed, overbooked, overlaps } from "../faults/invariants.ts";
import { addSomeone, backedUp, engines, filled, withStore } from "../support/backups.ts";
import { createDatabase, onEachEngine, runSql } from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { inEmptyFolder } from "../support/folder.ts";

onEachEngine("a backup", (engine) => {
  for (const target of engines) {
    test(`is restored into ${target}: every row, the log in its order, and the cursors`, () =>
      inEmptyFolder(async (cwd) => {
        const folder = join(cwd, "backup");
        const [source, copy] = [await filled(engine), await createDatabase(target, { migrate: false })];
        const before = await withStore(source, wholeLog);
        await writeBackup(source.url, { folder, ...backedUp });
        // After the backup, and so lost with the source: somebody has heard of it, and holds its cursor.
        const heard = await withStore(source, async (store) => {
          await addSomeone(store);
          return store.events.end();
        });
        await restoreBackup(copy.url, { folder });

        expect([await overlaps(copy.url), await overbooked(copy.url)]).toEqual([0, 0]);
        expect(await missummed(copy.url)).toBe(0);
        expect(await differsFromLog(copy.url)).toEqual([]);
        await withStore(copy, async (store) => {
          const after = await wholeLog(store);
          const told = (events: typeof after) => events.map(({ position: _, ...event }) => event);
          expect(told(after)).toEqual(told(before));
          await addSomeone(store);
          const rest = (await wholeLog(store)).slice(before.length);
          expect(rest.length).toBeGreaterThan(0);
          // A Postgres counts in a way that SQLite has no number for: there clients start anew.
          if (engine === "postgres" && target === "sqlite") return;
          expect(await store.events.issued(heard)).toBe(true);
          const middle = before[Math.floor(before.length / 2)];
          const since = await store.events.after(middle?.position ?? "", 10_000);
          expect(since).toHaveLength(Math.ceil(before.length / 2) - 1 + rest.length);
          const news = await store.events.after(heard, 10_000);
          expect(news.map(({ id }) => id)).toEqual(rest.map(({ id }) => id));
        });
        await Promise.all([source.drop(), copy.drop()]);
      }));
  }

  test("overwrites nothing: no folder, and no database that holds anything", () =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const source = await filled(engine);
      await writeBackup(source.url, { folder, ...backedUp });
      await expect(writeBackup(source.url, { folder, ...backedUp })).rejects.toThrow("already exists");
      const before = await runSql(source.url, "select id from events order by id");
      await expect(restoreBackup(source.url, { folder })).rejects.toThrow("is not empty");
      expect(await runSql(source.url, "select id from events order by id")).toEqual(before);
      await source.drop();
      const migrated = await createDatabase(engine);
      await restoreBackup(migrated.url, { folder });
      await migrated.drop();
    }));

  test("that is damaged leaves the database empty, and the restore can be tried again with a whole one", () =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const [source, copy] = [await filled(engine), await createDatabase(engine, { migrate: false })];
      const manifest = await writeBackup(source.url, { folder, ...backedUp });
      const bookings = join(folder, "bookings.jsonl.gz");
      const whole = readFileSync(bookings);
      const lines = gunzipSync(whole).toString();
      const refused = async () => {
        await expect(restoreBackup(copy.url, { folder })).rejects.toBeInstanceOf(BackupFault);
      };
      writeFileSync(bookings, whole.subarray(0, whole.length / 2));
      await refused();
      writeFileSync(bookings, gzipSync(lines.replace(`"quantity":1`, `"quantity":2`)));
      await refused();
      writeFileSync(bookings, gzipSync(lines.slice(lines.indexOf("\n") + 1)));
      await refused();
      writeFileSync(bookings, whole);
      expect((await verifyBackup(folder)).takenAt).toBe(manifest.takenAt);
      await restoreBackup(copy.url, { folder });
      await Promise.all([source.drop(), copy.drop()]);
    }));

  test("is not taken for whole when it was broken off", () =>
    inEmptyFolder(async (cwd) => {
      const source = await filled(engine);
      const broken = () => Promise.reject(new Error("the power is gone"));
      await expect(
        writeBackup(source.url, { folder: join(cwd, "backup"), ...backedUp, open: broken }),
      ).rejects.toThrow("the power is gone");
      await expect(verifyBackup(join(cwd, "backup"))).rejects.toThrow("There is no folder");
      await source.drop();
    }));
});
