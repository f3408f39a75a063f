process.on("SIGTERM", () => process.exit(143));

/** So many bytes of what a process printed are kept. Services log every request: only what somebody waits for is read. */
const keptBytes = 16_384;

/** A process of a bench, and the lines that it prints. */
export type Process = {
  /** Waits until something was printed that matches; gives the first group. Rejects when the process has ended without it. */
  printed(pattern: RegExp): Promise<string>;
  kill(): void;
  pid: number;
  ended: Promise<unknown>;
};

export function start(
  args: string[],
  options: { env?: Record<string, string>; input?: object } = {},
): Process {
  const child = Bun.spawn([process.execPath, ...args], {
    env: { ...process.env, ...options.env },
    stdin: options.input ? new Blob([JSON.stringify(options.input)]) : "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  // Whatever becomes of the bench, it leaves no process behind.
  process.on("exit", () => child.kill("SIGKILL"));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let waiting: (() => boolean)[] = [];
  void (async () => {
    for await (const chunk of child.stdout) {
      chunks.push(chunk);
      bytes += chunk.length;
      while (chunks[0] && bytes - chunks[0].length > keptBytes) bytes -= chunks.shift()?.length ?? 0;
      if (waiting.length > 0) waiting = waiting.filter((isStillWaiting) => isStillWaiting());
    }
  })();
  return {
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        void child.exited.then((code) =>
          reject(new Error(`${args.join(" ")} ended with ${code} and printed no ${pattern}.`)),
        );
        const isStillWaiting = () => {
          const found = Buffer.concat(chunks).toString().match(pattern);
          if (found) resolve(found[1] ?? "");
          return !found;
        };
        if (isStillWaiting()) waiting.push(isStillWaiting);
      }),
    kill: () => child.kill(),
    pid: child.pid,
    ended: child.exited,
  };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
