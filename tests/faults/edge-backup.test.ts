import { expect, test } from "bun:test";
import { join } from "node:path";
import { chunk, nextHeader } from "../../db/backup/edge-protocol.ts";
import { openSnapshot } from "../../db/backup/open-snapshot.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import type { Snapshot } from "../../db/backup/snapshot.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { migrations as catalogue } from "../../db/migrations/catalogue.ts";
import { missummedResources, overbookedResources } from "../../db/occupancy.ts";
import { createDatabase, runSql } from "../support/databases.ts";
import { askObject } from "../support/edge/runtime.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { addPerson, openHarness } from "../support/harness.ts";
import { measured } from "../support/measured.ts";
import {
  adminAt,
  askPlatform,
  backedUp,
  platformKey,
  startMovingEdge,
  useMovingEdge,
} from "../support/moving-edge.ts";
import { differsFromLog } from "./invariants.ts";

const migrations = catalogue.map(({ name }) => name);
const minutes = 60_000;

const moving = useMovingEdge();
const newId = () => crypto.randomUUID();

test("what moves an installation is for the platform key, and only what it says", async () => {
  const object = moving.edge.object();
  const statuses = async (key?: string) =>
    Promise.all(
      [
        ["POST", "backup"],
        ["GET", "backup/users"],
        ["DELETE", "backup"],
        ["POST", "restore"],
        ["POST", "restore/users"],
        ["POST", "restore/finish"],
        ["DELETE", "restore"],
      ].map(async ([method = "", path = ""]) => {
        const body = method === "POST" ? "{}" : undefined;
        return (await askPlatform(object, method, path, body, key)).status;
      }),
    );
  expect(await statuses("x".repeat(40))).toEqual([401, 401, 401, 401, 401, 401, 401]);
  expect(await statuses()).toEqual([400, 410, 204, 400, 409, 409, 404]);
  const wrong = await askPlatform(object, "PATCH", "restore");
  expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "POST, DELETE"]);
  const without = await openHarness("object");
  const url = without.database.url.slice("object:".length);
  expect((await askPlatform(url, "POST", "backup", {})).status).toBe(404);
  await without.close();
});

test("a backup refuses changes until it ends, and survives a restart of the object", async () => {
  const object = moving.edge.object();
  const { as, addRoom } = await adminAt(object, moving.source);
  expect((await addRoom()).status).toBe(201);
  const backup = newId();
  const begun = await askPlatform(object, "POST", "backup", { backup });
  expect(begun.body).toMatchObject({ backup, format: 1, engine: "sqlite", migrations });
  const refused = await addRoom();
  expect([refused.status, refused.body.code]).toEqual([503, "unavailable"]);
  expect(Number(refused.headers.get("Retry-After"))).toBeWithin(1, 61);
  expect(refused.body.detail).toContain("being backed up");
  await askObject(object, "abort", null);
  await Bun.sleep(50);
  expect([(await addRoom()).status, (await as("GET", "/api/resources")).status]).toEqual([503, 200]);
  expect((await askPlatform(object, "POST", "backup", { backup: newId() })).status).toBe(409);
  expect((await askPlatform(object, "GET", `backup/users?backup=${newId()}`)).status).toBe(410);
  const { text } = await askPlatform(object, "GET", `backup/users?backup=${backup}`);
  expect(text.split("\n").length - 1).toBe(
    (await moving.source.harness.context.store.users.countAdmins()) + 1,
  );
  expect((await askPlatform(object, "DELETE", `backup?backup=${backup}`)).status).toBe(204);
  expect((await addRoom()).status).toBe(201);
});

test("a backup whose client has died ends by itself, and can't go on after that", async () => {
  const object = moving.edge.object();
  const { as, addRoom } = await adminAt(object, moving.source);
  const backup = newId();
  await askPlatform(object, "POST", "backup", { backup });
  const at = (seconds: number) => ({
    "X-Test-Now": String(moving.source.harness.clock.now().getTime() + seconds * 1000),
  });
  expect((await addRoom()).status).toBe(503);
  await as("GET", "/api/resources", undefined, at(59));
  expect((await askPlatform(object, "GET", `backup/users?backup=${backup}`)).status).toBe(200);
  // The chunk gave it another minute.
  const room = { name: "Room", timezone: "UTC" };
  expect((await as("POST", "/api/resources", room, at(118))).status).toBe(503);
  expect((await as("POST", "/api/resources", room, at(120))).status).toBe(201);
  // Also if the clock is set back.
  await as("GET", "/api/resources", undefined, at(60));
  expect((await askPlatform(object, "GET", `backup/users?backup=${backup}`)).status).toBe(410);
});

test("what is due waits for the end of a backup", async () => {
  const object = moving.edge.object();
  const { as } = await adminAt(object, moving.source);
  const backup = newId();
  await askPlatform(object, "POST", "backup", { backup });
  await askObject(object, "ring", null);
  const until = moving.source.harness.clock.now().getTime() + 60_000;
  expect(await askObject(object, "alarm", null)).toBe(until);
  await askPlatform(object, "DELETE", `backup?backup=${backup}`);
  expect(await askObject(object, "alarm", null)).toBe(moving.source.harness.clock.now().getTime());
  expect((await as("GET", "/api/resources")).status).toBe(200);
});

/** What a backup is like when a room is added before each of its tables is read. */
async function backupAmidChanges(object: string): Promise<{ added: number[]; differs: unknown[] }> {
  const { addRoom } = await adminAt(object, moving.source);
  const added: number[] = [];
  const open = async (...args: Parameters<typeof openSnapshot>): Promise<Snapshot> => {
    const snapshot = await openSnapshot(...args);
    const rows: Snapshot["rows"] = async function* (table) {
      added.push((await addRoom()).status);
      yield* snapshot.rows(table);
    };
    return { ...snapshot, rows };
  };
  return inEmptyFolder(async (cwd) => {
    const folder = join(cwd, "backup");
    await writeBackup(object, { folder, ...backedUp, open });
    const copy = await createDatabase("sqlite", { migrate: false });
    await restoreBackup(copy.url, { folder });
    const differs = await differsFromLog(copy.url);
    await copy.drop();
    return { added, differs };
  });
}

test("a backup amid changes is of one moment", async () => {
  const { added, differs } = await backupAmidChanges(moving.edge.object());
  expect([new Set(added), differs]).toEqual([new Set([503]), []]);
});

test("and without the freeze it is not (mutant)", async () => {
  const torn = backupAmidChanges(moving.edge.object(".unfrozen"));
  await expect(torn).rejects.toThrow(/rows of \w+ came, out of|differ/);
});

/** 20,000 bookings in 20 rooms, some of them long in words, past the store: their guards have nothing to say here. */
const manyBookings = (organizationId: string, ownerId: string) => [
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < 20)
   insert into resources select 'room-' || i, '${organizationId}', 'Room', null, 'UTC', 1, 'resource', null, '{}', 1, 1,
     null, i, i from n`,
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
   insert into bookings select printf('booking-%05d', i), '${organizationId}', '${ownerId}', 'room-' || (i % 20 + 1),
     'Talk', case when i % 10 = 0 then printf('%.8000c', 'x') end, null, 1900000000000 + i * 3600000,
     1900000000000 + i * 3600000 + 1800000, 'confirmed', 1, '[]', '{}', '[]', 1, null, null, i, i from n`,
  `insert into claims select id, 0, organization_id, resource_id, start_time, end_time, quantity, true, null, created_at,
     null from bookings where id like 'booking-%'`,
];

test(
  "a large table moves in chunks of a bounded size",
  () =>
    inEmptyFolder(async (cwd) => {
      const harness = await openHarness("sqlite");
      const { id, organizationId } = await addPerson(harness, "admin");

      for (const text of manyBookings(organizationId, id)) await runSql(harness.database.url, text);
      const folder = join(cwd, "backup");
      const before = await writeBackup(harness.database.url, { folder, ...backedUp });
      const alone = await startMovingEdge();
      const object = alone.object();
      await fetch(`${object}/platform/nothing`);
      const memory = alone.megabytes();
      await restoreBackup(object, { folder, platformKey });
      const there = await writeBackup(object, { folder: join(cwd, "there"), ...backedUp });
      expect(there.tables).toEqual(before.tables);
      for (const text of [missummedResources, overbookedResources("0")])
        expect(await askObject(object, "sql", text)).toEqual([]);
      const backup = newId();
      await askPlatform(object, "POST", "backup", { backup });
      const sizes: [rows: number, bytes: number][] = [];
      for (let after: string | null = ""; after !== null; ) {
        const query = new URLSearchParams({ backup, ...(after ? { after } : {}) });
        const { text, headers } = await askPlatform(object, "GET", `backup/bookings?${query}`);
        sizes.push([text.split("\n").length - 1, text.length]);
        after = headers.get(nextHeader);
      }
      expect(sizes.reduce((sum, [rows]) => sum + rows, 0)).toBe(20_000);
      expect(Math.max(...sizes.map(([rows]) => rows))).toBeLessThanOrEqual(chunk.rows);
      expect(Math.max(...sizes.map(([, bytes]) => bytes))).toBeLessThan(chunk.bytes + 10_000);
      measured("moving", `${sizes.length} chunks; ${memory} MB before, at most ${alone.megabytes()} MB`);
      expect(alone.megabytes() - memory).toBeLessThan(128);
      await Promise.all([alone.stop(), harness.close()]);
    }),
  2 * minutes,
);
