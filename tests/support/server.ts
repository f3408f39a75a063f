import { tmpdir } from "node:os";
import { secrets } from "./secrets.ts";

const program = new URL("../../src/main.ts", import.meta.url).pathname;
const later = new URL("know-later-migration.ts", import.meta.url).pathname;

/** The program with one migration more: `later`. */
export const newerProgram = [process.execPath, "--preload", later, program];

export type Server = {
  url: string;
  pid: number;
  /** Everything it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<number>;
};

/** The secrets that `addPerson` signs with, so that its tokens are good on a server too. */
export const sharedSecrets = {
  JWT_SECRET_KEY: secrets.accessSecret,
  REFRESH_JWT_SECRET_KEY: secrets.refreshSecret,
};

export type Launch = { env?: Record<string, string>; cwd?: string; command?: string[] };

/** Starts `booking <arguments>` as a process, with nothing of this process's environment but its PATH. */
export function launch(
  args: string[],
  { env = {}, cwd, command = [process.execPath, program] }: Launch = {},
) {
  const child = Bun.spawn([...command, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    // Away from the repository: an .env of its developer has no say.
    cwd: cwd ?? tmpdir(),
    stdout: "pipe",
    stderr: "pipe",
  });
  let printed = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) printed += decoder.decode(chunk, { stream: true });
  };
  const finished = Promise.all([collect(child.stdout), collect(child.stderr)]);
  return {
    pid: child.pid,
    output: () => printed,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    exited: Promise.all([child.exited, finished]).then(([code]) => code),
  };
}

/** Runs a command to its end. */
export async function run(args: string[], options: Launch = {}): Promise<{ code: number; output: string }> {
  const child = launch(args, options);
  return { code: await child.exited, output: child.output() };
}

/** Starts a server on a free port, or on the one in `env`, and waits until it is ready. */
export async function startServer(options: Launch = {}): Promise<Server> {
  const env = { PORT: "0", LOG_LEVEL: logLevel(options), RATE_LIMIT_SCALE: "100000", ...options.env };
  return ready(launch(["serve"], { ...options, env }));
}

/** Starts a worker of its own, and waits until it is ready. */
export async function startWorkerProcess(options: Launch = {}): Promise<Server> {
  const env = { JOB_PORT: "0", LOG_LEVEL: logLevel(options), RATE_LIMIT_SCALE: "100000", ...options.env };
  return ready(launch(["worker"], { ...options, env }));
}

/** In production the log is where a process says that it is ready. */
function logLevel({ env }: Launch): string {
  return env?.NODE_ENV === "production" ? "info" : "warn";
}

/** Waits until a process says where it is reached. */
export async function ready(child: ReturnType<typeof launch>): Promise<Server> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  for (;;) {
    const url = child.output().match(/(?:Health +|"health":")(http:\/\/[^\s"]+)\/health/)?.[1];
    if (url) return { ...child, url };
    if (ended) throw new Error(`The server ended:\n${child.output()}`);
    await Bun.sleep(20);
  }
}

export async function stopServer(server: Server): Promise<void> {
  server.kill("SIGTERM");
  await server.exited;
}
