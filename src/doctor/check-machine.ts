import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isLockedSqlite } from "../../db/engines/sqlite/lock.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

const mebibyte = 1024 * 1024;
const tightBytes = 1024 * mebibyte;
const fullBytes = 100 * mebibyte;

type Wanted = { variable: "PORT" | "JOB_PORT"; host: string; port: number; databaseUrl: string };

/** Whether a port is free, or Booking itself is on it. */
export async function checkPort({ variable, host, port, databaseUrl }: Wanted): Promise<Finding> {
  const check = `port ${port}`;
  try {
    Bun.serve({ hostname: host, port, fetch: () => new Response() }).stop(true);
    return ok(check, "It is free.");
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EACCES") return fault(check, "It needs privileges.", `Set ${variable} to one above 1023.`);
    if (code !== "EADDRINUSE") return fault(check, `Can't listen on ${host} (${code}).`, "Correct HOST.");
  }
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) })
    .then((response) => response.json() as Promise<{ version?: string; checks?: { database?: object } }>)
    .catch(() => null);
  const remedy = `Stop that one, or set ${variable} to another port.`;
  if (!answer?.checks?.database) return fault(check, "Another program uses it.", remedy);
  return isServedElsewhere(databaseUrl)
    ? fault(check, `Booking ${answer.version} runs on it, but with another database.`, remedy)
    : ok(check, `Booking ${answer.version} runs on it.`);
}

/** Whether the server of a port can't be this database's. On Postgres, that doesn't show. */
function isServedElsewhere(databaseUrl: string): boolean {
  return databaseUrl.startsWith("sqlite:") && !isLockedSqlite(databaseUrl.slice("sqlite:".length));
}

/** Checks that there is disk space for the database file, and that nobody else can read it: it may contain secrets. */
export function checkDisk(databasePath: string): Finding[] {
  const path = resolve(databasePath);
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return [
    judgeRoom(folder, bavail * bsize),
    ...(existsSync(path) ? [judgeMode(path, statSync(path).mode)] : []),
  ];
}

export function judgeRoom(folder: string, freeBytes: number): Finding {
  const room = `${Math.floor(freeBytes / mebibyte).toLocaleString("en")} MiB are free in ${folder}.`;
  const remedy =
    "Free some space, or move the data to another disk: when the disk is full, every change is refused.";
  if (freeBytes < fullBytes) return fault("disk", room, remedy);
  return freeBytes < tightBytes ? warning("disk", room, remedy) : ok("disk", room);
}

function judgeMode(path: string, mode: number): Finding {
  return (mode & 0o077) === 0
    ? ok("file mode", `Only its owner can read ${path}.`)
    : warning("file mode", `${path} can be read by others, and it may hold secrets.`, `chmod 600 ${path}`);
}
