import { pino } from "pino";
import { type Tracer, traceIdOf } from "../ports/tracer.ts";
import { loggableError } from "./loggable-error.ts";

const flushEveryMs = 100;
const closeWithinMs = 1_000;
/** In characters. */
const longWrite = 64 * 1024;
/** The most that is kept for a reader that does not read. */
const maxKept = 16 * 1024 * 1024;

/** Lines of JSON on stdout. Within a trace they name it. `close` writes the rest, if somebody reads it. */
export function createLog(
  level: string,
  tracer: Tracer | undefined,
): { log: pino.Logger; close(): Promise<void> } {
  const mixin = () => {
    const traceParent = tracer?.current();
    return traceParent ? { traceId: traceIdOf(traceParent) } : {};
  };
  const options = {
    level,
    base: null,
    redact: ["*.password", "*.token"],
    serializers: { err: (error: unknown) => loggableError(error) },
    ...(tracer ? { mixin } : {}),
  };
  const destination = bufferedStdout();
  return { log: pino(options, destination), close: destination.close };
}

/**
 * Many lines per write, because a write for each would cost a tenth of a signed-in request. One write at a time,
 * because Bun's sink copies its whole buffer with each. No write that waits, because pino's own destination blocks for
 * 100 ms when a pipe is full. A process that is killed loses the lines of its last 100 ms; if the reader does not read,
 * lines are dropped, and a line says how many.
 */
function bufferedStdout() {
  const sink = Bun.stdout.writer({ highWaterMark: 1024 * 1024 });
  let lines = "";
  let dropped = 0;
  let writing: Promise<void> | null = null;
  const writeOut = async () => {
    const text = lines;
    lines =
      dropped > 0
        ? `${JSON.stringify({ level: 40, time: Date.now(), dropped, msg: "lines dropped" })}\n`
        : "";
    dropped = 0;
    sink.write(text);
    await sink.flush();
  };
  const flush = () => {
    if (writing || lines === "") return;
    // If stdout is closed, nobody is left to log to.
    writing = writeOut()
      .catch(() => {})
      .finally(() => {
        writing = null;
      });
  };
  setInterval(flush, flushEveryMs).unref();
  process.on("exit", () => {
    sink.write(lines);
    void sink.flush();
  });
  return {
    write: (line: string) => {
      if (lines.length > maxKept) {
        dropped += 1;
        return;
      }
      lines += line;
      if (lines.length > longWrite) flush();
    },
    close: async () => {
      for (const end = Date.now() + closeWithinMs; (writing || lines !== "") && Date.now() < end; ) {
        flush();
        await Promise.race([writing, Bun.sleep(closeWithinMs)]);
      }
    },
  };
}
