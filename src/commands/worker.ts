import { compose } from "../compose.ts";
import { createWorkerApp } from "../http/app.ts";
import { BootError, exitConfig } from "../process/boot-error.ts";
import type { Config } from "../process/config.ts";
import { baseUrl, listen, requireFreePort, servePlain } from "../server.ts";
import { announce, reminderChannels } from "./announce.ts";
import { untilSignal } from "./until-signal.ts";

/** Jobs in progress get this long after a signal; less than platforms wait before they kill. */
const drainMs = 20_000;

export async function worker(config: Config): Promise<void> {
  if (config.database.kind === "sqlite") {
    throw new BootError(
      "On SQLite the worker runs inside `booking serve`, because one process writes the file. To run it separately, set DATABASE_URL to Postgres, and REDIS_URL.",
      exitConfig,
    );
  }
  if (!config.redisUrl) {
    throw new BootError(
      "Without Redis the worker runs inside every `booking serve`. To run it separately, set REDIS_URL for those processes as well.",
      exitConfig,
    );
  }
  await requireFreePort(config.host, { JOB_PORT: config.jobPort });
  const composed = await compose(config, { migrate: true });
  const { context, appOptions, log, startWorker, openBoard, close } = composed;
  let stopping = false;
  const app = createWorkerApp(context, {
    ...appOptions,
    isStopping: () => stopping,
    jobPage: { board: await openBoard() },
  });
  const { host, jobPort } = config;
  const server = listen(host, { JOB_PORT: jobPort }, () => servePlain(app, { ...config, port: jobPort }));
  const stopWorker = startWorker();
  const base = baseUrl(config, server.port);
  const facts = {
    Jobs: `${base}/jobs/`,
    Health: `${base}/health`,
    Remind: reminderChannels(appOptions.channelsOn),
  };
  announce("The worker is running.", facts, { production: config.production, log });

  await untilSignal();
  stopping = true;
  server.retire();
  await server.stop(drainMs / 2);
  await Promise.race([stopWorker(), Bun.sleep(drainMs)]);
  await close();
}
