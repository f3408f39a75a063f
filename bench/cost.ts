import { readFileSync } from "node:fs";
import type { Load } from "./http-load.ts";
import type { Writer } from "./log-lines.ts";
import { load } from "./world.ts";

/** Little at a time and often, so that what else the machine does meanwhile affects all alike. */
const [chunkMs, requests, lines] = [50, 3_000, 15_000];

/** One call of something; gets the number of the call. */
export type Way = (n: number) => unknown;

type Request = Load["requests"][number];

/**
 * How long a process's main thread, which runs its JavaScript, has run so far, in microseconds: unlike the time of day,
 * it does not depend on what else the machine does.
 */
function microsecondsRun(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ", 1)[0]) / 1000;
}

/** The microseconds of a call, one after the other in this process. */
export async function ofCall(way: Way): Promise<number> {
  const [began, end] = [microsecondsRun(process.pid), performance.now() + chunkMs];
  let calls = 0;
  do {
    for (const last = calls + 256; calls < last; calls++) {
      const result = way(calls);
      if (result instanceof Promise) await result;
    }
  } while (performance.now() < end);
  return (microsecondsRun(process.pid) - began) / calls;
}

/** The microseconds of a server, by default of this process, for each of many requests by 32 clients at once. */
export async function ofRequest(url: string, request: Request, pid = process.pid): Promise<number> {
  const began = microsecondsRun(pid);
  await load({ url, clients: 32, requests: Array(requests).fill(request) }, 200);
  return (microsecondsRun(pid) - began) / requests;
}

/**
 * The microseconds for each line of a process whose log is a pipe, which is read as fast as it comes. By the clock,
 * because a writer may wait.
 */
export async function ofLogLine(writer: Writer): Promise<number> {
  const child = Bun.spawn([process.execPath, "bench/log-lines.ts", writer, String(lines)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  let bytes = 0;
  const drain = async () => {
    for await (const chunk of child.stdout) bytes += chunk.length;
  };
  const [text, code] = await Promise.all([new Response(child.stderr).text(), child.exited, drain()]);
  if (code !== 0) throw new Error(`The log writer "${writer}" ended with ${code}: ${text}`);
  if (writer !== "nothing" && bytes < lines * 100) throw new Error(`"${writer}" lost lines of the log.`);
  return Number(text);
}
