import { expect, test } from "bun:test";
import { join } from "node:path";
import postgres from "postgres";
import { migrateDown, migrateUp, migrationStatus } from "../../db/migrate.ts";
import { type Migration, migrations } from "../../db/migrations/catalogue.ts";
import { createDatabase, describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { later } from "../support/later-migration.ts";
import { describeSchema } from "../support/schema.ts";
import { launch, newerProgram, run } from "../support/server.ts";

const migrate = join(import.meta.dir, "../../db/migrate.ts");

/** Long enough to be killed in: it makes one table, takes its time, and makes another. */
function slow(seconds: number): Migration {
  const pause = {
    postgres: `select pg_sleep(${seconds});`,
    sqlite: `create table counted as with recursive n (i) as (select 1 union all select i + 1 from n where i < ${seconds * 2_000_000})
      select count(*) as n from n; drop table counted;`,
  };
  const scripts = (engine: "postgres" | "sqlite") => ({
    up: `create table before_pause (id integer primary key);\n${pause[engine]}\ncreate table after_pause (id integer primary key);`,
    down: "drop table after_pause; drop table before_pause;",
  });
  return { name: "9999_slow", postgres: scripts("postgres"), sqlite: scripts("sqlite") };
}

/** A process that migrates with one migration more. */
function migrator(url: string, extra: Migration) {
  const script = `
    const { migrateUp } = await import(${JSON.stringify(migrate)});
    const { migrations } = await import(${JSON.stringify(migrate.replace("migrate.ts", "migrations/catalogue.ts"))});
    console.log("starts");
    console.log(JSON.stringify(await migrateUp(${JSON.stringify(url)}, [...migrations, ${JSON.stringify(extra)}])));`;
  return launch(["-e", script], { command: [process.execPath] });
}

onEachEngine("a migrator that is killed midway", (engine) => {
  test("leaves nothing half done, and the next one does all of it, once (G22)", async () => {
    const database = await createDatabase(engine);
    const { url } = database;
    const before = await describeSchema(url);
    const first = migrator(url, slow(20));
    while (!first.output().includes("starts")) await Bun.sleep(20);
    await Bun.sleep(500);
    first.kill("SIGKILL");
    await first.exited;
    // Two at once, to be sure.
    const again = slow(0);
    const others = [migrator(url, again), migrator(url, again)];
    expect(await Promise.all(others.map(({ exited }) => exited))).toEqual([0, 0]);
    const applied = others.map((each) => each.output().match(/\[.*\]/)?.[0]).sort();
    expect(applied).toEqual(['["9999_slow"]', "[]"]);
    const all = [...migrations, again];
    expect((await migrationStatus(url, all)).every(({ state }) => state === "applied")).toBe(true);
    const added = (await describeSchema(url)).filter((line) => !before.includes(line));
    expect(added.map((line) => line.split(".")[0])).toEqual(["after_pause", "before_pause"]);
    await database.drop();
  }, 60_000);
});

describeOnPostgres("migrators at once", () => {
  test("get in each other's way where the lock is taken away (G22, mutant)", async () => {
    const database = await createDatabase("postgres");
    const { url } = database;
    await runSql(
      url,
      "create function public.pg_try_advisory_lock(bigint) returns boolean language sql as 'select true'",
    );
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `alter database ${name} set search_path = public, pg_catalog`);
    const both = [migrator(url, slow(2)), migrator(url, slow(2))];
    const codes = await Promise.all(both.map(({ exited }) => exited));
    expect(codes.filter((code) => code !== 0).length).toBeGreaterThan(0);
    await database.drop();
  }, 60_000);
});

/** Makes an index without holding anybody up, on a table that is there. */
const concurrent: Migration = {
  name: "9999_concurrent",
  postgres: {
    up: `-- Nobody waits for this one.
-- non-transactional
alter table bookings set (fillfactor = 90);
create index concurrently toy_index
  on bookings (title);
create unique index concurrently if not exists toy_unique on bookings (id, title);
`,
    down: `-- non-transactional
drop index concurrently if exists toy_unique;
drop index concurrently if exists toy_index;
alter table bookings reset (fillfactor);`,
  },
  sqlite: {
    up: "-- non-transactional\ncreate index toy_index on bookings (title);",
    down: "drop index toy_index;",
  },
};

onEachEngine("a migration that is not transactional", (engine) => {
  test("is applied and reverted", async () => {
    const database = await createDatabase(engine);
    const { url } = database;
    const before = await describeSchema(url);
    const all = [...migrations, concurrent];
    expect(await migrateUp(url, all)).toEqual([concurrent.name]);
    expect(await migrateUp(url, all)).toEqual([]);
    const catalogue = engine === "postgres" ? "pg_indexes where indexname" : "sqlite_schema where name";
    const indexes = () => runSql(url, `select * from ${catalogue} like 'toy_%'`);
    expect(await indexes()).toHaveLength(engine === "postgres" ? 2 : 1);
    expect(await migrateDown(url, 1, all)).toEqual([concurrent.name]);
    expect(await indexes()).toEqual([]);
    expect(await describeSchema(url)).toEqual(before);
    await database.drop();
  }, 60_000);
});

describeOnPostgres("a migration that makes an index concurrently", () => {
  /** The indexes of the toy migration, and whether they are whole. */
  const indexes = async (url: string) =>
    Object.fromEntries(
      (
        await runSql(
          url,
          "select relname, indisvalid from pg_index join pg_class on oid = indexrelid where relname like 'toy_%'",
        )
      ).map(({ relname, indisvalid }) => [relname, indisvalid]),
    );
  const waiting =
    "select 1 from pg_stat_activity where datname = current_database() and query ilike 'create%concurrently%'";

  test("is finished by the next migrator when it is killed midway", async () => {
    const database = await createDatabase("postgres");
    const { url } = database;
    const stranger = postgres(url, { max: 1, onnotice: () => {} });
    await stranger`begin`;
    await stranger`lock table bookings in row exclusive mode`;
    // It waits for the stranger with an index that is in the catalogue and not built.
    const first = migrator(url, concurrent);
    while ((await indexes(url)).toy_index !== false) await Bun.sleep(20);
    first.kill("SIGKILL");
    await first.exited;
    while ((await runSql(url, waiting)).length > 0) await Bun.sleep(20);
    await stranger`rollback`;
    await stranger.end({ timeout: 5 });
    expect(await indexes(url)).toEqual({ toy_index: false });
    const all = [...migrations, concurrent];
    expect((await migrationStatus(url, all)).at(-1)?.state).toBe("pending");
    expect(await migrateUp(url, all)).toEqual([concurrent.name]);
    expect(await indexes(url)).toEqual({ toy_index: true, toy_unique: true });
    expect((await migrationStatus(url, all)).at(-1)?.state).toBe("applied");
    await database.drop();
  }, 60_000);

  test("is applied once by several migrators, none of which it waits for", async () => {
    const database = await createDatabase("postgres");
    const { url } = database;
    const several = [1, 2, 3].map(() => migrator(url, concurrent));
    expect(await Promise.all(several.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    expect(await indexes(url)).toEqual({ toy_index: true, toy_unique: true });
    await database.drop();
  }, 60_000);
});

onEachEngine("a revert", (engine) => {
  test("says what would be lost, and goes on only when told so", async () => {
    const database = await createDatabase(engine);
    const env = { DATABASE_URL: database.url };
    const newer = { command: newerProgram, env };
    expect((await run(["seed"], { env: { DATABASE_URL: database.url } })).code).toBe(0);
    const all = [...migrations, later];
    expect(await migrateUp(database.url, all)).toEqual([later.name]);
    const warned = await run(["migrate", "revert", "--steps", String(all.length)], newer);
    expect(warned.code).toBe(1);
    for (const told of [
      "Nothing was done",
      later.name,
      "all reminders and mails (200 rows)",
      "all API keys (0 rows)",
    ])
      expect(warned.output).toContain(told);
    expect(await migrateUp(database.url, all)).toEqual([]);
    // Nothing is lost with the latest alone.
    const done = await run(["migrate", "revert", "--json"], newer);
    expect([done.code, JSON.parse(done.output).reverted]).toEqual([0, [later.name]]);
    const status = JSON.parse((await run(["migrate", "status", "--json"], newer)).output);
    expect(status.migrations.at(-2)).toMatchObject({ name: migrations.at(-1)?.name, state: "applied" });
    expect(status.migrations.at(-1)).toMatchObject({ name: later.name, state: "pending" });
    expect((await run(["migrate", "revert", "--yes"], { env })).code).toBe(0);
    await database.drop();
  });

  test("of every migration says what it loses", async () => {
    const database = await createDatabase(engine);
    const warned = await run(["migrate", "revert", "--steps", "99"], { env: { DATABASE_URL: database.url } });
    for (const { name } of migrations)
      expect(warned.output).toMatch(new RegExp(`  ${name}\n    .+ \\(\\d+ rows?\\)`));
    await database.drop();
  });
});
