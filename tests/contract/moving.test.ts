import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Manifest } from "../../db/backup/format.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { openStore } from "../../db/open.ts";
import type { Actor } from "../../src/domain/actor.ts";
import { create } from "../../src/operations/bookings/create.ts";
import { list } from "../../src/operations/events/list.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { as } from "../support/client.ts";
import { createDatabase, type EngineName, onEachEngine } from "../support/databases.ts";
import { remoteStore } from "../support/edge/remote-store.ts";
import { askObject } from "../support/edge/runtime.ts";
import { everyTable, fillEveryTable } from "../support/every-table.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { addPerson, type Harness, openHarness, testContext } from "../support/harness.ts";
import { backedUp, platformKey, startMovingEdge } from "../support/moving-edge.ts";
import { settled } from "../support/settled.ts";

const account = { email: "grace@example.com", name: "Grace", password: "correct horse battery" };

let edge: Awaited<ReturnType<typeof startMovingEdge>>;
beforeAll(async () => {
  edge = await startMovingEdge();
});
afterAll(() => edge.stop());

/** An installation with a row in every table, and somebody with a password. */
async function filled(engine: EngineName): Promise<Harness> {
  const harness = await openHarness(engine);
  const { body } = await as(harness)("POST", "/api/auth/register", account);
  const { organizationId } = await addPerson(harness);
  await fillEveryTable(harness, { ...account, ...body.user, organizationId, token: body.accessToken });
  await settled(harness.context.store);
  return harness;
}

/** What the rows of each table are, in one text each. Another engine numbers the log differently. */
const rowsOf = ({ tables }: Manifest) => tables.map(({ name, rows, sha256 }) => ({ name, rows, sha256 }));
const withoutLog = (manifest: Manifest) => rowsOf(manifest).filter(({ name }) => name !== "events");

async function signIn(object: string): Promise<number> {
  const answer = await fetch(`${object}/api/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: account.email, password: account.password }),
  });
  return answer.status;
}

onEachEngine("an installation moves to the edge and back", (engine) => {
  test("with every row of every table, its versions and its passwords", () =>
    inEmptyFolder(async (cwd) => {
      const harness = await filled(engine);
      const folder = (name: string) => join(cwd, name);
      const before = await writeBackup(harness.database.url, { folder: folder("before"), ...backedUp });
      const tables = everyTable.filter(({ inBackup }) => inBackup).map(({ table }) => table);
      expect(before.tables.filter(({ rows }) => rows > 0).map(({ name }) => name)).toEqual(tables);
      const object = edge.object();
      await restoreBackup(object, { folder: folder("before"), platformKey });
      const there = await writeBackup(object, { folder: folder("there"), ...backedUp });
      expect(withoutLog(there)).toEqual(withoutLog(before));
      if (engine === "sqlite") expect(rowsOf(there)).toEqual(rowsOf(before));
      expect([await signIn(object), await invariants(object)]).toEqual([200, [0, 0]]);

      const copy = await createDatabase(engine, { migrate: false });
      await restoreBackup(copy.url, { folder: folder("there") });
      const back = await writeBackup(copy.url, { folder: folder("back"), ...backedUp });
      expect(withoutLog(back)).toEqual(withoutLog(before));
      if (engine === "sqlite") expect(rowsOf(back)).toEqual(rowsOf(before));
      await Promise.all([harness.close(), copy.drop()]);
    }));

  test("with cursors that go on there, and again here, without a gap or a repeat", () =>
    inEmptyFolder(async (cwd) => {
      const harness = await filled(engine);
      const { clock, context } = harness;
      const here = await clientOf(context.store, clock);
      for (const hour of [10, 11, 12, 13]) await here.book(hour);
      const [all, half] = [await here.read(), await here.read(undefined, 2)];
      await writeBackup(harness.database.url, { folder: join(cwd, "out"), ...backedUp });
      const object = edge.object();
      await restoreBackup(object, { folder: join(cwd, "out"), platformKey });

      const there = await clientOf(await remoteStore(object, () => clock.now().getTime()), clock);
      expect((await there.read(half.cursor)).ids).toEqual(all.ids.slice(2));
      const quiet = await there.read(all.cursor);
      await there.book(14);
      const news = await there.read(all.cursor);
      expect([quiet.ids, news.ids.length]).toEqual([[], 1]);
      expect((await there.read(quiet.cursor)).ids).toEqual(news.ids);
      await writeBackup(object, { folder: join(cwd, "home"), ...backedUp });
      const copy = await createDatabase(engine, { migrate: false });
      await restoreBackup(copy.url, { folder: join(cwd, "home") });

      const store = await openStore(copy.url, { pool: 2 });
      const home = await clientOf(store, clock);
      expect((await home.read(half.cursor)).ids).toEqual([...all.ids.slice(2), ...news.ids]);
      expect((await home.read(quiet.cursor)).ids).toEqual(news.ids);
      await home.book(15);
      const [last] = await Promise.all([home.read(news.cursor)]);
      expect([last.ids.length, (await home.read(half.cursor)).ids]).toEqual([
        1,
        [...all.ids.slice(2), ...news.ids, ...last.ids],
      ]);
      await store.close();
      await Promise.all([harness.close(), copy.drop()]);
    }));
});

/** How many resources are overbooked, or summed up wrongly. */
async function invariants(object: string): Promise<number[]> {
  const { missummedResources, overbookedResources } = await import("../../db/occupancy.ts");
  const counts = [overbookedResources("0"), missummedResources].map(async (text) => {
    const rows = (await askObject(object, "sql", text)) as unknown[];
    return rows.length;
  });
  return Promise.all(counts);
}

/** Reads the log of bookings as a client does, and books. */
async function clientOf(store: Store, clock: Clock) {
  const context = testContext(store, clock);
  const user = await store.users.byEmail(account.email);
  if (!user) throw new Error("The account did not move.");
  const { id: userId, organizationId } = user;
  const actor: Actor = { organizationId, userId, role: "admin", sessionId: "" };
  return {
    read: async (after?: string, limit = 1_000) => {
      const page = await list(context, actor, { after, limit });
      return { ids: page.events.map(({ id }) => id), cursor: page.nextCursor };
    },
    book: async (hour: number) => {
      const at = (minute: number) => new Date(`2027-07-01T${hour}:0${minute}:00Z`);
      const words = { title: "Talk", description: null, location: null, metadata: {}, quantity: 1 };
      await create(context, actor, { ...words, startTime: at(0), endTime: at(5), attendees: [] });
      await settled(store);
    },
  };
}
