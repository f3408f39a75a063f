import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { BackupFault } from "../../db/backup/files.ts";
import type { Manifest } from "../../db/backup/format.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { verifyBackup } from "../../db/backup/verify-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { migrateUp } from "../../db/migrate.ts";
import { type Migration, migrations } from "../../db/migrations/catalogue.ts";
import { openStore } from "../../db/open.ts";
import type { Actor } from "../../src/domain/actor.ts";
import { create } from "../../src/operations/bookings/create.ts";
import type { Context } from "../../src/operations/context.ts";
import { removeDemo } from "../../src/operations/demo/remove.ts";
import { seedDemo } from "../../src/operations/demo/seed.ts";
import { list } from "../../src/operations/events/list.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { differsFromLog, missummed, overbooked, overlaps } from "../faults/invariants.ts";
import {
  createDatabase,
  describeOnPostgres,
  type EngineName,
  onEachEngine,
  runSql,
  type TestDatabase,
} from "../support/databases.ts";
import { wholeLog } from "../support/fold.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { addPerson, testContext } from "../support/harness.ts";
import { knowMigrations } from "../support/later-migration.ts";
import { settled } from "../support/settled.ts";

const backedUp = { version: "0.0.0", takenAt: new Date() };
const engines: EngineName[] = process.env.TEST_DATABASE_URL ? ["sqlite", "postgres"] : ["sqlite"];

async function withStore<T>(database: TestDatabase, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(database.url, { pool: 4 });
  return work(store).finally(() => store.close());
}

/** Accounts, resources of several capacities, bookings, cancellations, reminders and their log. */
async function filled(engine: EngineName): Promise<TestDatabase> {
  const database = await createDatabase(engine);
  await withStore(database, async (store) => {
    const context = testContext(store, systemClock);
    await install(context);
    const admin = await addPerson({ context }, "admin");
    const actor = { ...admin, userId: admin.id, role: "admin" as const, sessionId: "" };
    const attendees = [{ email: "grace@example.com", name: null }];
    const when = { startTime: new Date("2099-06-01T10:00:00Z"), endTime: new Date("2099-06-01T11:00:00Z") };
    const words = { title: "Party", description: null, location: null, metadata: {}, quantity: 1 };
    await create(context, actor, { ...words, ...when, attendees });
    await seedDemo(context, { bookings: 120, password: "password123" });
    await settled(store);
  });
  return database;
}

/** A booking on the caller's calendar, in a year that the demo data does not reach. */
async function bookSomething(context: Context, actor: Actor): Promise<void> {
  const when = { startTime: new Date("2098-06-01T10:00:00Z"), endTime: new Date("2098-06-01T11:00:00Z") };
  const words = { title: "News", description: null, location: null, metadata: {}, quantity: 1 };
  await create(context, actor, { ...words, ...when, attendees: [] });
}

/** Something that is told after the restore. */
async function addSomeone(store: Store): Promise<void> {
  await addPerson({ context: testContext(store, systemClock) });
  await settled(store);
}

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

  test("of an older schema is restored, and then migrated", () =>
    inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const [source, copy] = [await filled(engine), await createDatabase(engine, { migrate: false })];
      const { name = "" } = migrations[0] ?? {};
      await writeBackup(source.url, { folder, ...backedUp });
      withoutTraces(folder);
      const forget = knowMigrations([beforeTraces(), ...migrations.slice(1), traces]);
      try {
        expect((await verifyBackup(folder)).migrations).toEqual([name]);
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

onEachEngine("demo data", (engine) => {
  test("is taken away as a whole, and nothing else is", async () => {
    const database = await createDatabase(engine);
    await withStore(database, async (store) => {
      const context = testContext(store, systemClock);
      await install(context);
      await addPerson({ context }, "admin");
      const everything = () =>
        Promise.all(
          ["organizations", "users", "sessions", "resources", "events"].map((table) =>
            runSql(database.url, `select * from ${table} order by id`),
          ),
        );
      const before = await everything();
      await seedDemo(context, { bookings: 100, password: "password123" });
      expect(await seedDemo(context, { bookings: 100, password: "password123" })).toBeNull();
      expect(await removeDemo(context)).toBeGreaterThan(300);
      expect(await everything()).toEqual(before);
      expect(await removeDemo(context)).toBeNull();
    });
    await database.drop();
  });

  test("is the only data whose log can be deleted, and what it is can't be changed", async () => {
    const database = await filled(engine);
    const [ours] = await runSql(database.url, "select id from organizations where slug = 'default'");
    const tries = [
      `delete from events where organization_id = '${ours?.id}'`,
      `update organizations set demo = ${engine !== "postgres" ? 1 : true} where id = '${ours?.id}'`,
    ];
    for (const statement of tries) await expect(runSql(database.url, statement)).rejects.toThrow();
    await database.drop();
  });

  test("is the same each time, but for its ids and passwords", async () => {
    const told = async () => {
      const database = await filled(engine);
      const rows = await runSql(
        database.url,
        `select r.name, u.email, b.title, b.start_time, b.end_time, b.status from bookings b
           join resources r on r.id = b.resource_id join users u on u.id = b.owner_id
         where b.organization_id in (select id from organizations where demo)
         order by r.name, b.start_time`,
      );
      await database.drop();
      return rows;
    };
    expect(await told()).toEqual(await told());
  });
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

/** The first migration, without what `traces` adds. */
function beforeTraces(): Migration {
  const [{ name, postgres, sqlite }] = migrations as [Migration];
  const without = (script: string) =>
    script
      .replace(new RegExp(`^  (${columnsOfTraces.join("|")}) .*\n`, "gm"), "")
      .replace(/^create table mentions [^;]+;\n/m, "")
      .replace(/^(create index mentions_|alter table mentions )[^;]+;\n/gm, "");
  return {
    name,
    postgres: { ...postgres, up: without(postgres.up) },
    sqlite: { ...sqlite, up: without(sqlite.up) },
  };
}

/** Rewrites a backup as it would be without `traces`. */
function withoutTraces(folder: string): void {
  const path = join(folder, "manifest.json");
  const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"));
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
