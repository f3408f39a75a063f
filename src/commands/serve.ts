import { BootError } from "../boot-error.ts";
import { compose } from "../compose.ts";
import type { Config } from "../config.ts";
import { ensureFirstAdmin, firstAdminFile } from "../first-admin.ts";
import { createApp } from "../http/app.ts";
import { startRealtime } from "../realtime/start.ts";
import { serveApp } from "../server.ts";
import { untilSignal } from "./until-signal.ts";

/** Requests under way get this long after a signal; below what platforms wait before they kill. */
const drainMs = 10_000;
/** Sockets are told to come back within this time, not all at once. */
const socketSpreadMs = 2_000;

export async function serve(config: Config): Promise<void> {
  const { context, broadcast, redis, log, startWorker, close } = await compose(config, { exclusive: true });
  await ensureFirstAdmin(config, context);
  let stopping = false;
  const app = createApp(context, {
    log,
    rateLimitScale: config.rateLimitScale,
    redis,
    isStopping: () => stopping,
  });
  const realtime = await startRealtime({ context, broadcast, log, origins: config.corsOrigins });
  const server = listen(config, () => serveApp(app, realtime, config));
  const stopWorker = startWorker();
  console.log(banner(config, server.port));

  await untilSignal();
  stopping = true;
  await realtime.drain(socketSpreadMs);
  await server.stop(drainMs);
  await realtime.stop();
  await stopWorker();
  await close();
}

function listen<T>(config: Config, start: () => T): T {
  try {
    return start();
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "EADDRINUSE") {
      throw new BootError(`Port ${config.port} is taken. Stop what uses it, or set PORT to another.`, 1, {
        cause: error,
      });
    }
    if (code === "EACCES") {
      throw new BootError(`Port ${config.port} needs privileges. Set PORT to one above 1023.`, 1, {
        cause: error,
      });
    }
    throw new BootError(`Can't listen on ${config.host}:${config.port}. Mend HOST or PORT.`, 1, {
      cause: error,
    });
  }
}

function banner(config: Config, port: number): string {
  const host = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(config.host) ? "localhost" : config.host;
  const base = `http://${host}:${port}`;
  const file = firstAdminFile(config);
  const { kind, url } = config.database;
  const data =
    kind === "sqlite" ? url.slice("sqlite:".length) : `Postgres, ${new URL(url).pathname.slice(1)}`;
  const lines = [
    ["API", `${base}/api/`],
    ["Live", `${base.replace("http", "ws")}/ws/`],
    ["Health", `${base}/health`],
    ["Data", data],
    ...(file.exists() ? [["Admin", `${file.email}, the password is in ${file.path}`]] : []),
  ];
  return ["Booking is running.", ...lines.map(([label = "", text]) => `  ${label.padEnd(8)}${text}`)].join(
    "\n",
  );
}
