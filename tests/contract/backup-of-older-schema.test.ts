import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Manifest } from "../../db/backup/format.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { verifyBackup } from "../../db/backup/verify-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { migrateUp } from "../../db/migrate.ts";
import { type Migration, migrations } from "../../db/migrations/catalogue.ts";
import { backedUp, filled } from "../support/backups.ts";
import { createDatabase, onEachEngine, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { knowMigrations } from "../support/later-migration.ts";

onEachEngine("a backup", (engine) => {
  test("of an older schema is restored, and then migrated", () =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const [source, copy] = [await filled(engine), await createDatabase(engine, { migrate: false })];
      await writeBackup(source.url, { folder, ...backedUp });
      withoutTraces(folder);
      const older = [...migrations, beforeTraces];
      const forget = knowMigrations([...older, traces]);
      try {
        expect((await verifyBackup(folder)).migrations).toEqual(older.map(({ name }) => name));
        await restoreBackup(copy.url, { folder });
        expect(await migrateUp(copy.url)).toEqual([]);
      } finally {
        forget();
      }
      const [bookings] = await runSql(copy.url, "select count(*) as n from bookings");
      const [reminded] = await runSql(copy.url, "select count(*) as n from bookings where reminders <> '[]'");
      expect([Number(bookings?.n), Number(reminded?.n)]).toEqual([121, 0]);
      const mentions = await runSql(copy.url, "select address from mentions");
      expect(mentions).toEqual([{ address: "grace@example.com" }]);
      await Promise.all([source.drop(), copy.drop()]);
    }));
});

/** A made-up migration: it adds two kinds of columns, and a table with what the rows give. */
const traces: Migration = {
  name: "9999_traces",
  postgres: {
    up: `alter table tasks add column trace_parent text;
      alter table bookings add column reminders jsonb not null default '[]';
      create table mentions (organization_id uuid not null, address text not null, booking_id uuid not null);
      insert into mentions select organization_id, lower(attendee ->> 'email'), id
        from bookings cross join lateral jsonb_array_elements(attendees) as attendee;`,
    down: "drop table mentions;",
  },
  sqlite: {
    up: `alter table tasks add column trace_parent text;
      alter table bookings add column reminders text not null default '[]';
      create table mentions (organization_id text not null, address text not null, booking_id text not null);
      insert into mentions select organization_id, lower(json_extract(attendee.value, '$.email')), bookings.id
        from bookings join json_each(bookings.attendees) as attendee;`,
    down: "drop table mentions;",
  },
};
const columnsOfTraces = ["trace_parent", "reminders"];

const takeAway = {
  // There is nothing to delete yet, unless rows were restored into another schema.
  up: `delete from bookings;
    alter table tasks drop column trace_parent;
    alter table bookings drop column reminders;
    drop table mentions;`,
  down: "-- There is no way back.",
};

/** Takes away what `traces` adds. The older schema ends with it, so what the real migrations do makes no difference. */
const beforeTraces: Migration = { name: "9998_before_traces", postgres: takeAway, sqlite: takeAway };

/** Rewrites a backup as it would be without `traces`. */
function withoutTraces(folder: string): void {
  const path = join(folder, "manifest.json");
  const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.migrations.push(beforeTraces.name);
  manifest.tables = manifest.tables.filter(({ name }) => name !== "mentions");
  for (const table of manifest.tables) {
    const gone = columnsOfTraces.filter((column) => column in table.columns);
    const rewritten = gunzipSync(readFileSync(join(folder, table.file)))
      .toString()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map((row) => {
        for (const column of gone) delete row[column];
        return `${JSON.stringify(row)}\n`;
      })
      .join("");
    for (const column of gone) delete table.columns[column];
    table.sha256 = new Bun.CryptoHasher("sha256").update(rewritten).digest("hex");
    writeFileSync(join(folder, table.file), gzipSync(rewritten));
  }
  writeFileSync(path, JSON.stringify(manifest));
}
