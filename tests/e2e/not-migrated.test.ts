import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { migrationStatus } from "../../db/migrate.ts";
import { migrations } from "../../db/migrations/catalogue.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { later } from "../support/later-migration.ts";
import { describeSchema } from "../support/schema.ts";
import { type Launch, newerProgram, run } from "../support/server.ts";

/** Commands that work on data. Only `serve`, `worker`, `migrate` and `restore` make or change a schema. */
const commands = [
  ["jobs", "status"],
  ["jobs", "retry"],
  ["admin", "create", "--email", "a@example.com"],
  ["admin", "reset-password", "--email", "a@example.com"],
  ["seed", "--bookings", "1"],
  ["seed", "--clean"],
  ["backup", "/nowhere/backup"],
];

onEachEngine("on a database that is not migrated", (engine) => {
  const tables = (url: string) =>
    engine === "sqlite" ? Promise.resolve([existsSync(url.slice("sqlite:".length))]) : describeSchema(url);
  const expectSentence = async (args: string[], url: string, options: Launch = {}) => {
    const { code, output } = await run(args, { ...options, env: { DATABASE_URL: url } });
    expect([args, code, output]).toEqual([args, 78, expect.stringContaining("booking migrate")]);
    expect(output).not.toMatch(/\n\s+at /);
  };

  test("commands say what to run, and make nothing", async () => {
    const database = await createDatabase(engine, { migrate: false });
    const before = await tables(database.url);
    const others = [["migrate", "status"], ["doctor"]].map((args) =>
      run(args, { env: { DATABASE_URL: database.url } }),
    );
    await Promise.all([...others, ...commands.map((args) => expectSentence(args, database.url))]);
    const { output } = await run(["backup"], { env: { DATABASE_URL: database.url } });
    expect(output).toContain("has no schema yet. If it should have one, correct DATABASE_URL");
    expect(await tables(database.url)).toEqual(before);
    await database.drop();
  }, 120_000);

  test("and on one that lacks a migration", async () => {
    const database = await createDatabase(engine);
    const before = await describeSchema(database.url);
    const newer = { command: newerProgram };
    await Promise.all(commands.slice(0, 3).map((args) => expectSentence(args, database.url, newer)));
    expect(await describeSchema(database.url)).toEqual(before);
    const all = [...migrations, later];
    expect((await migrationStatus(database.url, all)).at(-1)).toMatchObject({
      name: later.name,
      state: "pending",
    });
    await database.drop();
  }, 120_000);
});
