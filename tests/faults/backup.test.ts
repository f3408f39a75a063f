import { expect, test } from "bun:test";
import { join } from "node:path";
import { openSnapshot } from "../../db/backup/open-snapshot.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import type { Snapshot } from "../../db/backup/snapshot.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { createDatabase, type EngineName, onEachEngine } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { measured, sized } from "../support/measured.ts";
import { run, stopServer } from "../support/server.ts";
import { differsFromLog, lost, overbooked, overlaps } from "./invariants.ts";
import { type History, newHistory, runLoad } from "./load.ts";
import { createWorld } from "./world.ts";

const operations = sized("OPERATIONS", 1_000);
const minutes = 60_000;

type TakeBackup = (url: string, folder: string) => Promise<unknown>;

/** Clients create, move and cancel all the while; halfway a backup is taken, and what it holds is restored and judged. */
async function drill(engine: EngineName, takeBackup: TakeBackup) {
  const world = await createWorld(engine, { capacities: [1, 1, 3] });
  const restored = await createDatabase(engine, { migrate: false });
  const server = await world.serve();
  const history = newHistory();
  let before: History["acknowledged"] = new Map();
  let backup: Promise<unknown> | null = null;
  let taken = false;
  try {
    return await inEmptyFolder(async (cwd) => {
      const folder = join(cwd, "backup");
      const start = async () => {
        before = new Map(history.acknowledged);
        await takeBackup(world.database.url, folder);
        taken = true;
      };
      const load = {
        urls: () => [server.url],
        people: world.people,
        rooms: world.rooms,
        clients: 16,
        slots: 400,
      };
      const more = (soFar: number) => {
        if (soFar >= operations / 2) backup ??= start();
        return soFar < operations || !taken;
      };
      await runLoad({ ...load, more }, history);
      await backup;
      await restoreBackup(restored.url, { folder });
      const { url } = restored;
      return {
        sizeBefore: before.size,
        unexpected: history.unexpected,
        overlaps: await overlaps(url),
        overbooked: await overbooked(url),
        lost: await lost(url, { ...history, acknowledged: before }),
        differsFromLog: await differsFromLog(url),
      };
    });
  } finally {
    await stopServer(server);
    await Promise.all([world.database.drop(), restored.drop()]);
  }
}

onEachEngine("a backup under load", (engine) => {
  test(
    "holds all that was acknowledged before it, and is true to itself (G21)",
    async () => {
      const found = await drill(engine, async (url, folder) => {
        const { code, output } = await run(["backup", folder], { env: { DATABASE_URL: url } });
        expect([code, output]).toEqual([0, expect.stringContaining("all verified")]);
      });
      expect(found.sizeBefore).toBeGreaterThan(100);
      expect(found).toMatchObject({
        unexpected: [],
        overlaps: 0,
        overbooked: 0,
        lost: [],
        differsFromLog: [],
      });
      measured(
        "G21",
        `${engine}: ${operations} operations, ${found.sizeBefore} acknowledged before, 0 missing`,
      );
    },
    10 * minutes,
  );

  test(
    "that reads each table at another moment is found out (G21, mutant)",
    async () => {
      const torn = drill(engine, (url, folder) =>
        writeBackup(url, { folder, version: "0.0.0", takenAt: new Date(), open: openTorn }),
      );
      const faults = await torn.then(
        ({ differsFromLog }) => differsFromLog.length,
        // A row that refers to one that is not there does not even get in.
        (error) =>
          /broken references|foreign key|The database refuses the backup's rows/.test(String(error))
            ? 1
            : Promise.reject(error),
      );
      expect(faults).toBeGreaterThan(0);
    },
    2 * minutes,
  );
});

/** Each table as it is by then, some time after the one before it. */
async function openTorn(url: string): Promise<Snapshot> {
  const first = await openSnapshot(url);
  return {
    ...first,
    rows: async function* (table) {
      await Bun.sleep(100);
      const later = await openSnapshot(url);
      yield* later.rows(table);
      await later.close();
    },
  };
}
