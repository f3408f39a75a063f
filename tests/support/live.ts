import { pino } from "pino";
import { networks } from "../../src/process/client-address.ts";
import { judgeOrigins } from "../../src/process/origins.ts";
import { localBroadcast } from "../../src/realtime/local.ts";
import { startRealtime } from "../../src/realtime/start.ts";
import { serveApp } from "../../src/server.ts";
import type { Harness } from "./harness.ts";

/** A line that was logged, as JSON. */
export type LogLine = { msg: string; eventId?: string; err?: { message: string } };

/** Serves a harness with its sockets on a free port, within this process: a test can take parts of it away. */
export async function serveLive(
  { context, app }: Harness,
  options: Partial<Parameters<typeof startRealtime>[0]> = {},
) {
  const logged: LogLine[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const broadcast = localBroadcast();
  const judgeOrigin = judgeOrigins({ listed: [], production: true, log });
  const realtime = await startRealtime({ context, broadcast, log, judgeOrigin, ...options });
  const server = serveApp(app, realtime, { host: "127.0.0.1", port: 0, trustedProxies: networks([]) });
  return {
    url: `http://127.0.0.1:${server.port}`,
    realtime,
    logged,
    /** Has the log looked at, as after a commit of another instance. */
    announce: broadcast.announce,
    stop: async () => {
      await realtime.drain(0);
      await server.stop(1_000);
      await realtime.stop();
    },
  };
}
