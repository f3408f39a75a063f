import type { Log } from "../ports/log.ts";
import { loggableError } from "../process/loggable-error.ts";

const levels = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** One line of JSON for each entry, in the form that the other processes of Booking have, where the platform collects it. */
export function edgeLog(level: string): Log {
  const least = levels[level as keyof typeof levels] ?? levels.info;
  const write = (name: "debug" | "info" | "warn" | "error") => (fields: object, msg: string) => {
    if (levels[name] < least) return;
    const shown = "err" in fields ? { ...fields, err: loggableError(fields.err) } : fields;
    console.log(JSON.stringify({ level: levels[name], time: Date.now(), ...shown, msg }));
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
