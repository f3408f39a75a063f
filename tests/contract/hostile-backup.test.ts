import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { BackupFault } from "../../db/backup/files.ts";
import type { Manifest } from "../../db/backup/format.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { verifyBackup } from "../../db/backup/verify-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { migrations } from "../../db/migrations/catalogue.ts";
import { openStore } from "../../db/open.ts";
import { create } from "../../src/operations/bookings/create.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { addPerson, testContext } from "../support/harness.ts";
import { knowMigrations, later } from "../support/later-migration.ts";
import { describeSchema } from "../support/schema.ts";

type Table = Manifest["tables"][number];
type Hostile = { folder: string; manifest: Manifest; table(name: string): Table };

/** Writes other lines into a table's file, with the counts and the checksum that belong to them. */
function rewrite({ folder, table }: Hostile, name: string, change: (lines: string[]) => string[]): void {
  const found = table(name);
  const path = join(folder, found.file);
  const lines = change(gunzipSync(readFileSync(path)).toString().split("\n").slice(0, -1));
  const text = lines.map((line) => `${line}\n`).join("");
  found.rows = lines.length;
  found.sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  writeFileSync(path, gzipSync(text));
}

const withColumn = (table: Table, column: string, kind: string) => {
  table.columns = { ...table.columns, [column]: kind } as Table["columns"];
};
const inFirst = (change: (row: Record<string, unknown>) => object) => (lines: string[]) =>
  lines.map((line, n) => (n === 0 ? JSON.stringify(change(JSON.parse(line))) : line));

const names: Record<string, (backup: Hostile) => void> = {
  "a table's name that is SQL": ({ table }) => {
    table("organizations").name = "organizations; commit; create table owned (id integer)";
  },
  "a column that is SQL": ({ table }) =>
    withColumn(table("users"), "id from users; create table owned (x int); --", "text"),
  "a column in quotes": ({ table }) => withColumn(table("users"), '"id"', "text"),
  "a column that the table lacks": ({ table }) => withColumn(table("users"), "nothing", "text"),
  "a column of every object": ({ table }) => withColumn(table("users"), "constructor", "text"),
  "a column of the engine": ({ table }) => withColumn(table("resources"), "claims_made", "integer"),
  "a position elsewhere": ({ table }) => withColumn(table("users"), "position", "position"),
  "a column of another kind": ({ table }) => withColumn(table("users"), "email", "integer"),
  "a column left out": ({ table }) => {
    const { password_hash: _, ...rest } = table("users").columns;
    table("users").columns = rest as Table["columns"];
  },
  "a table twice": ({ manifest, table }) => void manifest.tables.push({ ...table("users") }),
  "one table in the place of another": ({ manifest, table }) => {
    manifest.tables[manifest.tables.indexOf(table("links"))] = { ...table("users") };
  },
  "a table left out": ({ manifest }) => void manifest.tables.splice(6, 1),
  "no tables at all": ({ manifest }) => void manifest.tables.splice(0),
  "a table of the migrations": ({ manifest, table }) =>
    void manifest.tables.push({ ...table("settings"), name: "schema_migrations" }),
  "a table of the system": ({ manifest, table }) =>
    void manifest.tables.push({ ...table("settings"), name: "sqlite_schema" }),
  "a table called __proto__": ({ manifest, table }) =>
    void manifest.tables.push({ ...table("settings"), name: "__proto__" }),
  "a file elsewhere": ({ table }) => {
    table("users").file = "../../../etc/passwd";
  },
  "a file with an absolute path": ({ table }) => {
    table("users").file = "/etc/passwd";
  },
  "another table's file": ({ table }) => {
    table("users").file = table("resources").file;
  },
  "the first migration left out": ({ manifest }) => void manifest.migrations.splice(0, 1),
  "a migration twice": ({ manifest }) => void manifest.migrations.push(manifest.migrations[0] ?? ""),
  "a migration that is SQL": ({ manifest }) => void manifest.migrations.push("'; drop table users; --"),
};

const files: Record<string, (backup: Hostile) => void> = {
  "a link in the place of a file": ({ folder, table }) => {
    const path = join(folder, table("users").file);
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
  },
  "a pipe in the place of a file": ({ folder, table }) => {
    rmSync(join(folder, table("users").file));
    Bun.spawnSync(["mkfifo", join(folder, table("users").file)]);
  },
  "a file that is missing": ({ folder, table }) => rmSync(join(folder, table("users").file)),
  "a line without an end": ({ folder, table }) =>
    writeFileSync(join(folder, table("users").file), gzipSync(Buffer.alloc(64 * 1024 * 1024, "x"))),
  "more lines than it says": ({ folder, table }) =>
    writeFileSync(join(folder, table("users").file), gzipSync(Buffer.alloc(64 * 1024 * 1024, "{}\n"))),
  "bytes that are not UTF-8": ({ folder, table }) =>
    writeFileSync(join(folder, table("users").file), gzipSync(Buffer.from([0xff, 0xfe, 0x0a]))),
  "a line that is not JSON": (backup) => rewrite(backup, "users", (lines) => [...lines, "select 1"]),
  "a line that is a list": (backup) => rewrite(backup, "users", (lines) => [...lines, "[]"]),
  "a number that is text": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, version: "1" })),
    ),
  "a number with a fraction": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, version: 1.5 })),
    ),
  "a number out of range": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, version: 2 ** 40 })),
    ),
  "text that is a number": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, name: 1 })),
    ),
  "text that is an object": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, name: {} })),
    ),
  "a flag that is a number": (backup) =>
    rewrite(
      backup,
      "organizations",
      inFirst((row) => ({ ...row, demo: 0 })),
    ),
  "an instant that is none": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, created_at: "now" })),
    ),
  "an instant without a zone": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, created_at: "2026-01-01T00:00:00" })),
    ),
  "a position that is none": (backup) =>
    rewrite(
      backup,
      "events",
      inFirst((row) => ({ ...row, position: "1; drop table users" })),
    ),
  "attendees that are text": (backup) =>
    rewrite(
      backup,
      "bookings",
      inFirst((row) => ({ ...row, attendees: "x" })),
    ),
  "attendees without an address": (backup) =>
    rewrite(
      backup,
      "bookings",
      inFirst((row) => ({ ...row, attendees: [{ email: 5, name: null }] })),
    ),
  "an event that says a list": (backup) =>
    rewrite(
      backup,
      "events",
      inFirst((row) => ({ ...row, data: [] })),
    ),
  "a column more": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, owned: 1 })),
    ),
  "a column less": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst(({ name: _, ...row }) => row),
    ),
  "a key called __proto__": (backup) =>
    rewrite(backup, "users", ([first = "", ...rest]) => [
      first.replace("{", '{"__proto__":{"role":"admin"},'),
      ...rest,
    ]),
};

/** Of the right kinds: only a database finds them out. */
const rows: Record<string, (backup: Hostile) => void> = {
  "a booking of more than there is": (backup) =>
    rewrite(
      backup,
      "claims",
      inFirst((row) => ({ ...row, quantity: 2 })),
    ),
  "a reference to nothing": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, organization_id: crypto.randomUUID() })),
    ),
  "nothing where something must be": (backup) =>
    rewrite(
      backup,
      "users",
      inFirst((row) => ({ ...row, name: null })),
    ),
};

onEachEngine("a backup that was changed", (engine) => {
  let folder: string;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let forget: () => void;
  beforeAll(async () => {
    forget = knowMigrations([...migrations, later]);
    folder = mkdtempSync(join(tmpdir(), "booking-hostile-"));
    const source = await createDatabase(engine);
    const store = await openStore(source.url, { pool: 2 });
    const context = testContext(store, systemClock);
    await install(context);
    const admin = await addPerson({ context }, "admin");
    const actor = { ...admin, userId: admin.id, role: "admin" as const, sessionId: "" };
    const when = { startTime: new Date("2099-06-01T10:00:00Z"), endTime: new Date("2099-06-01T11:00:00Z") };
    const rest = { description: null, location: null, attendees: [], metadata: {}, quantity: 1 };
    await create(context, actor, { title: "Party", ...when, ...rest });
    await store.close();
    await writeBackup(source.url, { folder: join(folder, "good"), version: "0.0.0", takenAt: new Date() });
    await source.drop();
    database = await createDatabase(engine, { migrate: false });
  });
  afterAll(async () => {
    forget();
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  /** A copy of the good backup, changed. */
  const changed = (change: (backup: Hostile) => void): string => {
    const copy = join(folder, crypto.randomUUID());
    cpSync(join(folder, "good"), copy, { recursive: true });
    const path = join(copy, "manifest.json");
    const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"));
    const table = (name: string) => manifest.tables.find((each) => each.name === name) as Table;
    change({ folder: copy, manifest, table });
    writeFileSync(path, JSON.stringify(manifest));
    return copy;
  };
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => "accepted",
      (error) => error,
    );

  test.each(Object.entries({ ...names, ...files }))(
    "with %s is refused before the database is touched",
    async (_, change) => {
      const copy = changed(change);
      const works = [() => verifyBackup(copy), () => restoreBackup(database.url, { folder: copy })];
      for (const work of works) {
        const error = await refusal(work());
        expect(error).toBeInstanceOf(BackupFault);
        expect(error.message.length).toBeLessThan(400);
      }
      expect(await describeSchema(database.url)).toEqual([]);
    },
  );

  test.each(Object.entries(rows))("with %s is refused, and nothing is restored", async (_, change) => {
    const target = await createDatabase(engine, { migrate: false });
    const error = await refusal(restoreBackup(target.url, { folder: changed(change) }));
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toMatch(/backup/);
    await restoreBackup(target.url, { folder: join(folder, "good") });
    await target.drop();
  });

  test("with a migration that this version does not know is refused, and says what to do", async () => {
    const copy = changed(({ manifest }) => void manifest.migrations.push("9999_newer"));
    expect((await refusal(verifyBackup(copy))).message).toMatch(/"0\.0\.0" wrote it\. Restore it with that/);
  });

  test("with a manifest that never ends is refused", async () => {
    const copy = changed(() => {});
    writeFileSync(join(copy, "manifest.json"), " ".repeat(2 * 1024 * 1024));
    expect(await refusal(verifyBackup(copy))).toBeInstanceOf(BackupFault);
  });
});
