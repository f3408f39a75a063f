import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeOnPostgres, runSql } from "../support/databases.ts";
import { stopServer } from "../support/server.ts";
import { differsFromLog, overlaps } from "./invariants.ts";
import { runLoad } from "./load.ts";
import { createWorld } from "./world.ts";

const read = (file: string) => readFileSync(join(import.meta.dir, "../../deploy/citus", file), "utf8");
const distributed = [
  ...read("distribute.sql").matchAll(/create_distributed_table\('(\w+)', 'organization_id'/g),
].map(([, table]) => table as string);
const everywhere = [...read("distribute.sql").matchAll(/create_reference_table\('(\w+)'/g)].map(
  ([, table]) => table as string,
);

describeOnPostgres("keys that are widened for sharding by organization", () => {
  test("all name the organization, and keep bookings apart as before", async () => {
    const world = await createWorld("postgres", { capacities: [1, 1] });
    const { url } = world.database;
    await runSql(url, read("keys.sql"));
    const keys = await runSql(
      url,
      `select conrelid::regclass::text as table, conname as name, contype as kind,
         exists (select 1 from pg_attribute where attrelid = conrelid and attnum = any (conkey)
           and attname = 'organization_id') as named,
         confrelid::regclass::text as target
       from pg_constraint where contype in ('p', 'u', 'x', 'f') and connamespace = 'public'::regnamespace`,
    );
    const ofDistributed = keys.filter(({ table }) => distributed.includes(String(table)));
    expect(new Set(ofDistributed.map(({ table }) => table)).size).toBe(distributed.length);
    // A key to what is on every node may be of any kind.
    const wrong = ofDistributed.filter(
      ({ named, kind, target }) => !named && !(kind === "f" && everywhere.includes(String(target))),
    );
    expect(wrong).toEqual([]);
    const tables = await runSql(url, "select tablename from pg_tables where schemaname = 'public'");
    expect(tables.map(({ tablename }) => String(tablename)).sort()).toEqual(
      [...distributed, ...everywhere, "schema_migrations"].sort(),
    );

    const server = await world.serve();
    const load = {
      urls: () => [server.url],
      people: world.people,
      rooms: world.rooms,
      clients: 16,
      slots: 20,
    };
    const history = await runLoad({ ...load, more: (soFar) => soFar < 300 });
    await stopServer(server);
    expect(history.unexpected).toEqual([]);
    expect(history.counts[409]).toBeGreaterThan(10);
    expect(await overlaps(url)).toBe(0);
    expect(await differsFromLog(url)).toEqual([]);
    await world.database.drop();
  }, 60_000);
});
