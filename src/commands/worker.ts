import { BootError, exitConfig } from "../boot-error.ts";
import { compose } from "../compose.ts";
import type { Config } from "../config.ts";
import { untilSignal } from "./until-signal.ts";

export async function worker(config: Config): Promise<void> {
  if (config.database.kind === "sqlite") {
    throw new BootError(
      "On SQLite the worker runs inside `booking serve`, because one process writes the file. Set DATABASE_URL to Postgres to run it apart.",
      exitConfig,
    );
  }
  const { startWorker, close } = await compose(config);
  const stop = startWorker();
  console.log("The worker is running.");
  await untilSignal();
  await stop();
  await close();
}
