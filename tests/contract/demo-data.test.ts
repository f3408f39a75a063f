import { expect, test } from "bun:test";
import { removeDemo } from "../../src/operations/demo/remove.ts";
import { seedDemo } from "../../src/operations/demo/seed.ts";
import { install } from "../../src/operations/install.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { filled, withStore } from "../support/backups.ts";
import { createDatabase, onEachEngine, runSql } from "../support/databases.ts";
import { addPerson, testContext } from "../support/harness.ts";

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
