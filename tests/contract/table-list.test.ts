import { expect, test } from "bun:test";
import { join } from "node:path";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { demoOrganization } from "../../src/domain/demo.ts";
import { removeDemo } from "../../src/operations/demo/remove.ts";
import { seedDemo } from "../../src/operations/demo/seed.ts";
import { finishErasures } from "../../worker/processors/finish-erasures.ts";
import { as } from "../support/client.ts";
import { createDatabase, type EngineName, onEachEngine, runSql } from "../support/databases.ts";
import { countRows, everyTable, fillEveryTable } from "../support/every-table.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { addPerson, type Harness, openHarness } from "../support/harness.ts";

const engines: EngineName[] = process.env.TEST_DATABASE_URL ? ["sqlite", "postgres"] : ["sqlite"];

async function withHarness(engine: EngineName, work: (harness: Harness) => Promise<void>): Promise<void> {
  const harness = await openHarness(engine);
  await work(harness).finally(() => harness.close());
}

onEachEngine("every table of the list", (engine) => {
  test("has a row in the world of these tests", () =>
    withHarness(engine, async (harness) => {
      await fillEveryTable(harness, await addPerson(harness));
      const counts = await countRows(harness.database.url);
      expect(Object.entries(counts).filter(([, rows]) => rows === 0)).toEqual([]);
    }));

  for (const target of engines)
    test(`is in a backup, row by row, and in what is restored into ${target}`, () =>
      withHarness(engine, async (harness) => {
        await fillEveryTable(harness, await addPerson(harness));
        const counts = await countRows(harness.database.url);
        await inEmptyFolder(async (cwd) => {
          const folder = join(cwd, "backup");
          const options = { folder, version: "0.0.0", takenAt: new Date() };
          const manifest = await writeBackup(harness.database.url, options);
          const backedUp = everyTable.filter(({ inBackup }) => inBackup);
          expect(manifest.tables.map(({ name, rows }) => `${rows} ${name}`)).toEqual(
            backedUp.map(({ table }) => `${counts[table]} ${table}`),
          );
          const copy = await createDatabase(target, { migrate: false });
          await restoreBackup(copy.url, { folder });
          expect(await countRows(copy.url)).toEqual(counts);
          await copy.drop();
        });
      }));

  test("loses its demo data, and nothing else", () =>
    withHarness(engine, async (harness) => {
      const { context, database } = harness;
      await fillEveryTable(harness, await addPerson(harness));
      const before = await countRows(database.url);
      await seedDemo(context, { bookings: 20, password: "password123" });
      const demo = (await context.store.organizations.bySlug(demoOrganization))?.id ?? "";
      await fillEveryTable(harness, await addPerson(harness, "user", demo));
      for (const { table, ofOrganization } of everyTable) {
        if (!ofOrganization) continue;
        const found = await runSql(database.url, `select 1 from ${table} where organization_id = '${demo}'`);
        expect([table, found.length > 0]).toEqual([table, true]);
      }
      await removeDemo(context);
      expect(await countRows(database.url)).toEqual(before);
    }));

  test("has as much of a person after their erasure as it says", () =>
    withHarness(engine, async (harness) => {
      const { context, database } = harness;
      const mark = "ada-7b1d";
      const account = { email: `${mark}@example.com`, name: mark, password: "password123" };
      const { body } = await as(harness)("POST", "/api/auth/register", account);
      const { organizationId } = await addPerson(harness);
      const person = { ...account, ...body.user, organizationId, token: body.accessToken };
      await fillEveryTable(harness, person, `Talk with ${mark}`);
      const marked = async () => {
        const found = everyTable.map(async ({ table }) =>
          JSON.stringify(await runSql(database.url, `select * from ${table}`)).includes(mark) ? [table] : [],
        );
        return (await Promise.all(found)).flat();
      };
      const personal = everyTable.filter(({ erasure }) => erasure !== "keeps");
      expect(await marked()).toEqual(personal.map(({ table }) => table));
      const before = await countRows(database.url);
      expect((await as(harness, person)("DELETE", "/api/auth/me")).status).toBe(204);
      await finishErasures(context);
      expect(await marked()).toEqual([]);
      const after = await countRows(database.url);
      for (const { table, erasure } of personal)
        expect([table, Number(after[table]) < Number(before[table])]).toEqual([table, erasure === "deletes"]);
    }));
});
