import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { lockSqlite } from "../db/engines/sqlite/lock.ts";
import { announce, reminderChannels } from "../src/commands/announce.ts";
import { untilSignal } from "../src/commands/until-signal.ts";
import { edgeLog } from "../src/edge/log.ts";
import { BootError, exitConfig } from "../src/process/boot-error.ts";
import { faulty } from "../src/process/config.ts";
import { bundleEdge } from "./bundle-edge.ts";
import { writeAssets } from "./edge/assets.ts";
import { type DevSettings, dataFolder, firstAdmin, readDevSettings } from "./edge/dev-settings.ts";
import { requireFreePorts, runWorker } from "./edge/run-worker.ts";
import { pathOf, readWrangler } from "./edge/wrangler.ts";

const startedBy = process.ppid;

/**
 * `bun run dev:edge`: the worker of the edge on this machine, in the runtime that it is deployed to, without an account.
 * Settings come from the environment and from .env; the data is in `data/edge`.
 */
async function serve(): Promise<void> {
  const isFirstRun = !existsSync(join(dataFolder, "objects"));
  const { faults, ...settings } = readDevSettings(process.env, { isFirstRun });
  if (faults.length > 0) throw faulty(faults, "docs/edge.md lists the settings.");
  const script = await build();
  await requireFreePorts(settings.port);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const release = lock();
  const { email, password, path } = firstAdmin(settings.config, { isFirstRun });
  const admin: Record<string, string> = password ? { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } : {};
  const worker = await runWorker(script, {
    port: settings.port,
    bindings: { ...settings.bindings, ...admin },
  });
  const ended = Promise.race([untilSignal(), untilAbandoned()]);
  await requireHealth(worker.port);
  report(
    settings.config,
    worker.port,
    path && `${email}; the first password of a new installation is in ${path}`,
  );
  await ended;
  await worker.stop();
  release();
}

async function build(): Promise<string> {
  writeAssets(pathOf((await readWrangler()).assets.directory));
  return bundleEdge(join(import.meta.dir, "../src/edge/worker.ts"));
}

function lock(): () => void {
  const release = lockSqlite(join(dataFolder, "objects"));
  if (release) return release;
  const message = `Another process serves ${dataFolder}. Stop it, or start this one in another folder.`;
  throw new BootError(message, exitConfig);
}

/** Makes the installation, if there is none, and its first admin. */
async function requireHealth(port: number): Promise<void> {
  const headers = { Host: `localhost:${port}` };
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { headers });
  const text = await answer.text();
  if (answer.status < 500) return;
  if (!text.includes("/platform/restore"))
    throw new BootError("The installation does not start. The lines above say why.");
  console.warn(
    `A restore is unfinished. Go on with it, or throw it away: curl -X DELETE http://localhost:${port}/platform/restore -H "Authorization: Bearer <PLATFORM_KEY>"`,
  );
}

function report({ production, logLevel, mail }: DevSettings["config"], port: number, admin?: string): void {
  const base = `http://localhost:${port}`;
  const facts = {
    API: `${base}/api/`,
    Live: `${base.replace("http", "ws")}/ws/`,
    Health: `${base}/health`,
    Data: dataFolder,
    Jobs: `${base}/jobs/`,
    Remind: reminderChannels(mail ? ["websocket", "email"] : ["websocket"]),
    ...(admin ? { Admin: admin } : {}),
  };
  announce("Booking is running at the edge.", facts, { production, log: edgeLog(logLevel) });
}

/** Resolves when `bun run` is gone, which did not have the time to say so: nobody could stop this process any more. */
function untilAbandoned(): Promise<void> {
  if (!process.env.npm_lifecycle_event) return new Promise(() => {});
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (process.ppid === startedBy) return;
      clearInterval(look);
      resolve();
    }, 500);
  });
}

try {
  await serve();
  process.exit(0);
} catch (error) {
  console.error(error instanceof BootError ? error.message : error);
  process.exit(error instanceof BootError ? error.exitCode : 1);
}
