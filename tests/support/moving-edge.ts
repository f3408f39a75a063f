import { afterAll, beforeAll } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../db/backup/files.ts";
import { backupTables, encodeRow } from "../../db/backup/format.ts";
import { openSnapshot } from "../../db/backup/open-snapshot.ts";
import { restoreBackup } from "../../db/backup/restore-backup.ts";
import { writeBackup } from "../../db/backup/write-backup.ts";
import { callAs } from "./client.ts";
import { type EdgeRuntime, startEdge } from "./edge/runtime.ts";
import { fillEveryTable } from "./every-table.ts";
import { inEmptyFolder } from "./folder.ts";
import { addPerson, type Harness, openHarness } from "./harness.ts";
import { secrets } from "./secrets.ts";

export const platformKey = "platform-key-".repeat(4);

/** Real workerd, in which every object has the platform key. With a folder, its data outlives it. */
export async function startMovingEdge(persist?: string) {
  const before = workerds();
  const runtime: EdgeRuntime = await startEdge("tests/support/moving-edge-object.ts", {
    bindings: {
      NODE_ENV: "production",
      JWT_SECRET_KEY: secrets.accessSecret,
      REFRESH_JWT_SECRET_KEY: secrets.refreshSecret,
      PLATFORM_KEY: platformKey,
      LOG_LEVEL: process.env.TEST_LOG ?? "silent",
    },
    ...(persist ? { persist } : {}),
  });
  const pids = workerds().filter((pid) => !before.includes(pid));
  return {
    stop: runtime.stop,
    /** The address of an object; with a suffix for what is special about it. */
    object: (suffix = "", name: string = crypto.randomUUID()) =>
      `${runtime.url}/__object/${name}.scale-1000${suffix}`,
    /** The most memory that the runtime has had in use. */
    megabytes: () => Math.max(...pids.map(peakMegabytes)),
    kill: () => {
      for (const pid of pids) process.kill(pid, "SIGKILL");
    },
  };
}

/** A runtime for the objects of a file of tests, and an installation on SQLite to move there. */
export function useMovingEdge() {
  const used = {} as { edge: Awaited<ReturnType<typeof startMovingEdge>>; source: Source };
  beforeAll(async () => {
    [used.edge, used.source] = await Promise.all([startMovingEdge(), openSource()]);
  });
  afterAll(() => Promise.all([used.edge.stop(), used.source.harness.close()]));
  return used;
}

/** The process ids of the runtimes that this process has started. */
function workerds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isWorkerd(pid))
    .map(Number);
}

function peakMegabytes(pid: number): number {
  const [, kilobytes = "0"] = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmHWM:\s+(\d+)/) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function isWorkerd(pid: string): boolean {
  try {
    const [, name = "", parent = ""] =
      readFileSync(`/proc/${pid}/stat`, "utf8").match(/^\d+ \((.*)\) \S (\d+)/) ?? [];
    return name.startsWith("workerd") && Number(parent) === process.pid;
  } catch {
    return false;
  }
}

/** Asks for something that only the platform key opens. */
export async function askPlatform(
  object: string,
  method: string,
  path: string,
  body?: unknown,
  key = platformKey,
): Promise<{ status: number; headers: Headers; text: string; body: Record<string, unknown> }> {
  const answer = await fetch(`${object}/platform/${path}`, {
    method,
    // A refusal may come before the whole request has been read: its connection is not used again.
    keepalive: false,
    headers: { Authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text.startsWith("{") && !text.includes("\n") ? JSON.parse(text) : {},
  };
}

/** The rows of each table of an installation as the lines of its backup. */
export async function linesOf(url: string): Promise<Record<string, string[]>> {
  const snapshot = await openSnapshot(url, platformKey);
  try {
    const lines: Record<string, string[]> = {};
    for (const table of backupTables()) {
      const rows = await Array.fromAsync(snapshot.rows(table));
      lines[table.name] = rows.map((row) => encodeRow(table, row).trimEnd());
    }
    return lines;
  } finally {
    await snapshot.close();
  }
}

export type Source = { harness: Harness; lines: Record<string, string[]> };

/** An installation on SQLite to move, with a row in every table; and its lines, as a backup has them. */
export async function openSource(): Promise<Source> {
  const harness = await openHarness("sqlite");
  await fillEveryTable(harness, await addPerson(harness));
  return { harness, lines: await linesOf(harness.database.url) };
}

/** Moves an installation to an object, by way of a folder. */
export function moveTo(
  object: string,
  from: string,
  about: { platformKey?: string; onProgress?: Progress } = {},
) {
  return inEmptyFolder(async (cwd) => {
    const folder = join(cwd, "backup");
    await writeBackup(from, { folder, ...backedUp });
    return restoreBackup(object, { folder, platformKey, ...about });
  });
}

/** What a backup is told besides its folder. */
export const backedUp = { version: "0.0.0", platformKey, takenAt: new Date() };

/** Calls an installation at the edge as an admin of the source, which has moved there. */
export async function adminAt(object: string, { harness }: Source) {
  const { token } = await addPerson(harness, "admin");
  await moveTo(object, harness.database.url);
  // By the clock of the source: its tokens are of that time.
  const now = { "X-Test-Now": String(harness.clock.now().getTime()) };
  const call = callAs((path, init) => fetch(object + path, init), token);
  const as = (method: string, path: string, body?: unknown, headers = {}) =>
    call(method, path, body, { ...now, ...headers });
  await as("GET", "/api/resources");
  return { as, addRoom: () => as("POST", "/api/resources", { name: "Room", timezone: "UTC" }) };
}
