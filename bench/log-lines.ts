import { pino } from "pino";
import { createLog } from "../src/process/log.ts";

/**
 * `bun bench/log-lines.ts <writer> <lines>` logs the lines of requests to stdout, a few in each turn of the event loop,
 * as a server does, and prints the microseconds per line to stderr. `nothing` formats the lines and drops them.
 */
const writers = {
  ours: () => createLog("info", undefined),
  "pino, at once": () => pinoTo(pino.destination({ dest: 1, sync: true })),
  "pino, batched": () =>
    pinoTo(pino.destination({ dest: 1, sync: false, minLength: 8_192, periodicFlush: 100 })),
  nothing: () => pinoTo({ write: () => {} }),
};

export type Writer = keyof typeof writers;

const perTurn = 8;

if (import.meta.main) await run(process.argv[2] as Writer, Number(process.argv[3]));

function pinoTo(destination: pino.DestinationStream) {
  return { log: pino({ level: "info", base: null }, destination), close: async () => {} };
}

async function run(writer: Writer, lines: number): Promise<void> {
  const { log: parent, close } = writers[writer]();
  const log = parent.child({}, { redact: [] });
  const userId = crypto.randomUUID();
  const logRequest = (n: number) => {
    const request = { requestId: userId, method: "GET", route: "/api/auth/me", status: 200, userId };
    log.info({ ...request, durationMs: (n % 100) / 10 }, "request");
  };
  const turns = async (count: number) => {
    for (let n = 0; n < count; n++) {
      logRequest(n);
      if (n % perTurn === 0) await new Promise(setImmediate);
    }
  };
  await turns(lines / 10);
  const began = performance.now();
  await turns(lines);
  const microseconds = ((performance.now() - began) * 1000) / lines;
  await close();
  console.error(microseconds);
}
