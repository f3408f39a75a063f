import { expect, test } from "bun:test";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { describeOnPostgres, onEachEngine, runSql } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { type Server, stopServer } from "../support/server.ts";
import { differsFromLog, lost, overlaps } from "./invariants.ts";
import { type History, runLoad } from "./load.ts";
import { createWorld, type World } from "./world.ts";

const minute = 60_000;
const [kills, operations] = [sized("KILLS", 2), sized("OPERATIONS", 1_000)];

/** Runs load while `fault` happens several times, each time amid writes, and some more after. */
async function loadWith(world: World, servers: Server[], fault: () => Promise<void>): Promise<History> {
  let faultsAreOver = false;
  let done = 0;
  const load = runLoad({
    urls: () => servers.map((server) => server.url),
    people: world.people,
    rooms: world.rooms,
    clients: 24,
    more: (soFar) => {
      done = soFar;
      return !faultsAreOver || soFar < operations;
    },
    slots: 400,
  });
  for (let n = 1; n <= kills; n++) {
    const before = done;
    while (done < before + 250) await Bun.sleep(10);
    await fault();
  }
  faultsAreOver = true;
  return load;
}

onEachEngine("kill -9 of the process amid writes", (engine) => {
  test(
    "loses nothing that was acknowledged, and retries make nothing twice (G1, G3, G5, G13)",
    async () => {
      const world = await createWorld(engine, { capacities: [1, 1, 1] });
      const servers: Server[] = [await world.serve()];
      if (engine === "postgres") servers.push(await world.serve());
      const history = await loadWith(world, servers, async () => {
        servers[0]?.kill("SIGKILL");
        await servers[0]?.exited;
        servers[0] = await world.serve();
      });
      await Promise.all(servers.map(stopServer));
      expect(history.unexpected).toEqual([]);
      expect(history.counts.retried).toBeGreaterThan(0);
      expect(await lost(world.database.url, history)).toEqual([]);
      expect(await overlaps(world.database.url)).toBe(0);
      expect(await differsFromLog(world.database.url)).toEqual([]);
      const [unknown] = await runSql(world.database.url, "select count(*) as n from bookings");
      // Every booking was acknowledged to somebody: no retry left a second one behind.
      expect(Number(unknown?.n)).toBe(history.acknowledged.size);
      measured(
        "G3",
        `${engine}: ${kills} kills of an API, ${history.acknowledged.size} acknowledged, 0 missing`,
      );
      await world.database.drop();
    },
    10 * minute,
  );
});

describeOnPostgres("kill -9 of Postgres amid writes", () => {
  const crash = async (cluster: Cluster, settings: string[] = []) => {
    const world = await createWorld("postgres", { capacities: [1, 1, 1], server: cluster.url });
    for (const setting of settings) await runSql(cluster.url, setting);
    const servers = [await world.serve(), await world.serve()];
    const history = await loadWith(world, servers, async () => {
      await cluster.kill();
      await cluster.start();
    });
    await Promise.all(servers.map(stopServer));
    return { url: world.database.url, history };
  };

  test(
    "loses nothing that was acknowledged (G3)",
    async () => {
      const cluster = await startCluster();
      const { url, history } = await crash(cluster);
      expect(history.unexpected).toEqual([]);
      expect(history.counts.retried).toBeGreaterThan(0);
      expect(await lost(url, history)).toEqual([]);
      expect(await overlaps(url)).toBe(0);
      expect(await differsFromLog(url)).toEqual([]);
      measured("G3", `${kills} kills of Postgres, ${history.acknowledged.size} acknowledged, 0 missing`);
      await cluster.stop();
    },
    10 * minute,
  );

  test(
    "loses some when commits are not on disk before they are acknowledged: the check sees it",
    async () => {
      const cluster = await startCluster();
      const { url, history } = await crash(cluster, [
        "alter system set synchronous_commit = off",
        "alter system set wal_writer_delay = '10s'",
        "select pg_reload_conf()",
        // What was written before stays.
        "checkpoint",
      ]);
      expect((await lost(url, history)).length).toBeGreaterThan(0);
      await cluster.stop();
    },
    10 * minute,
  );
});
