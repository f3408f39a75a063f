import { compose } from "../compose.ts";
import type { Channel } from "../domain/reminders/reminder-rule.ts";
import { createApp } from "../http/app.ts";
import type { Config } from "../process/config.ts";
import { ensureFirstAdmin, firstAdminHint } from "../process/first-admin.ts";
import { startRealtime } from "../realtime/start.ts";
import { baseUrl, listen, requireFreePort, serveApp } from "../server.ts";
import { watchRealtime } from "../telemetry/watch-realtime.ts";
import { announce, reminderChannels } from "./announce.ts";
import { untilSignal } from "./until-signal.ts";

/** Requests in progress get this long after a signal; less than platforms wait before they kill. */
const drainMs = 10_000;
/** Sockets are asked to reconnect within this time, not all at once. */
const socketSpreadMs = 2_000;
/** In production, the process accepts new requests for this long, until every proxy has noticed that it is stopping. */
const retiringMs = 3_000;

export async function serve(config: Config): Promise<void> {
  // Before a new database is created for nothing.
  await requireFreePort(config.host, { PORT: config.port });
  const composed = await compose(config, { exclusive: true, migrate: true });
  const { context, broadcast, cache, log, judgeOrigin, appOptions, startWorker, follow, close } = composed;
  // With Redis the worker is a process of its own.
  const workerInside = config.redisUrl === undefined;
  await ensureFirstAdmin(config, context);
  let stopping = false;
  const app = createApp(context, {
    ...appOptions,
    isStopping: () => stopping,
    jobPage: workerInside ? { board: undefined } : undefined,
  });
  const realtime = await startRealtime({
    context,
    broadcast,
    log,
    judgeOrigin,
    remembered: cache,
  });
  follow(realtime);
  watchRealtime(composed.metrics, realtime, context);
  const server = listen(config.host, { PORT: config.port }, () => serveApp(app, realtime, config));
  const stopWorker = workerInside ? startWorker() : async () => {};
  const { channelsOn } = appOptions;
  const adminHint = await firstAdminHint(config, context);
  const facts = whereThingsAre(config, server.port, { channelsOn, adminHint });
  announce("Booking is running.", facts, { production: config.production, log });

  await untilSignal();
  stopping = true;
  server.retire();
  await Promise.all([realtime.drain(socketSpreadMs), Bun.sleep(config.production ? retiringMs : 0)]);
  await server.stop(drainMs);
  await Promise.all([realtime.stop(), stopWorker()]);
  await close();
}

function whereThingsAre(
  config: Config,
  port: number,
  { channelsOn, adminHint }: { channelsOn: Channel[]; adminHint: string | null },
): Record<string, string> {
  const base = baseUrl(config, port);
  const { kind, url } = config.database;
  return {
    API: `${base}/api/`,
    Live: `${base.replace("http", "ws")}/ws/`,
    Health: `${base}/health`,
    Data: kind === "sqlite" ? url.slice("sqlite:".length) : `Postgres, ${new URL(url).pathname.slice(1)}`,
    Jobs: config.redisUrl ? "in the worker: start `booking worker` as well" : `${base}/jobs/`,
    Remind: reminderChannels(channelsOn),
    ...(adminHint ? { Admin: adminHint } : {}),
  };
}
