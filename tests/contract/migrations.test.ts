import { describe, expect, test } from "bun:test";
import { migrateDown, migrateUp, migrationStatus } from "../../db/migrate.ts";
import { type Migration, migrations } from "../../db/migrations/catalogue.ts";
import { createDatabase, onEachEngine, runSql } from "../support/databases.ts";
import { describeSchema } from "../support/schema.ts";

/** A migration that only this test knows; `marked` as breaking or not. */
function extra(marked: boolean): Migration {
  const up = `${marked ? "-- breaking\n" : ""}create table extra (id integer primary key);`;
  return {
    name: "9999_extra",
    postgres: { up, down: "drop table extra;" },
    sqlite: { up, down: "drop table extra;" },
  };
}

onEachEngine("migrations", (engine) => {
  const fresh = async (work: (url: string) => Promise<void>) => {
    const database = await createDatabase(engine, { migrate: false });
    await work(database.url).finally(() => database.drop());
  };

  test("go up, down to nothing, and up again to the same schema", () =>
    fresh(async (url) => {
      const all = [...migrations, extra(false)];
      const names = all.map((m) => m.name);
      expect(await migrateUp(url, all)).toEqual(names);
      const first = await describeSchema(url);
      expect(await migrateDown(url, names.length, all)).toEqual([...names].reverse());
      expect((await describeSchema(url)).filter((line) => !line.includes("schema_migrations"))).toEqual([]);
      expect(await migrateUp(url, all)).toEqual(names);
      expect(await describeSchema(url)).toEqual(first);
      expect(await migrateUp(url, all)).toEqual([]);
    }));

  test("are applied once by several migrators at once", () =>
    fresh(async (url) => {
      const script = `import { migrateUp } from ${JSON.stringify(new URL("../../db/migrate.ts", import.meta.url).pathname)};
        const { migrations } = await import(${JSON.stringify(new URL("../../db/migrations/catalogue.ts", import.meta.url).pathname)});
        console.log(JSON.stringify(await migrateUp(${JSON.stringify(url)}, [...migrations, ${JSON.stringify(extra(false))}])));`;
      const runs = await Promise.all(
        [1, 2, 3].map(async () => {
          const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
          const [text, fault, code] = await Promise.all([
            new Response(child.stdout).text(),
            new Response(child.stderr).text(),
            child.exited,
          ]);
          expect([code, fault]).toEqual([0, ""]);
          return JSON.parse(text) as string[];
        }),
      );
      expect(runs.flat().sort()).toEqual([...migrations.map((m) => m.name), extra(false).name]);
    }));

  test("leave nothing of one that fails", () =>
    fresh(async (url) => {
      await migrateUp(url);
      const broken = extra(false);
      broken[engine].up += "\nselect * from nowhere;";
      await expect(migrateUp(url, [...migrations, broken])).rejects.toThrow("nowhere");
      const status = await migrationStatus(url, [...migrations, broken]);
      expect(status.at(-1)?.state).toBe("pending");
      expect((await describeSchema(url)).some((line) => line.startsWith("extra"))).toBe(false);
    }));

  test("of a newer version are fine to an older program unless one is marked as breaking", () =>
    fresh(async (url) => {
      await migrateUp(url, [...migrations, extra(false)]);
      expect(await migrateUp(url)).toEqual([]);
      expect((await migrationStatus(url)).at(-1)).toMatchObject({ name: "9999_extra", state: "unknown" });
      await expect(migrateDown(url, 1)).rejects.toThrow("newer version");
      await migrateDown(url, 1, [...migrations, extra(false)]);
      await migrateUp(url, [...migrations, extra(true)]);
      await expect(migrateUp(url)).rejects.toThrow("can't work with");
    }));

  test("refuse a database that is someone else's, and a script that was changed", () =>
    fresh(async (url) => {
      await runSql(url, "create table theirs (id integer)");
      await expect(migrateUp(url)).rejects.toThrow("not Booking's");
      await runSql(url, "drop table theirs");
      await migrateUp(url);
      const changed = migrations.map((m) => ({
        ...m,
        [engine]: { ...m[engine], up: `${m[engine].up}\n-- more` },
      }));
      await expect(migrateUp(url, changed)).rejects.toThrow(/never changes.+new, empty database/);
    }));

  test("hold exactly the tables and columns of db/tables.ts, and those that are the engine's own", () =>
    fresh(async (url) => {
      const { compareSchema } = await import("../../db/compare-schema.ts");
      await migrateUp(url);
      expect(compareSchema(engine, await describeSchema(url))).toEqual({ missing: [], unexpected: [] });
    }));
});

describe("the catalogue", () => {
  test("is in the order of the names, and each script has its way back", () => {
    const names = migrations.map((m) => m.name);
    expect(names).toEqual([...names].sort());
    for (const { postgres, sqlite } of migrations) {
      for (const script of [postgres.up, postgres.down, sqlite.up, sqlite.down])
        expect(script.trim()).not.toBe("");
    }
  });
});
