import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./cluster.ts";

/** A Redis of the test's own, which it may kill and start again. */
export type RedisServer = {
  url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export async function startRedis(more: string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "booking-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ReturnType<typeof Bun.spawn> | null = null;
  const start = async () => {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"];
    server = Bun.spawn(["redis-server", ...settings, "--maxmemory-policy", "noeviction", ...more], {
      stdout: "ignore",
      stderr: "ignore",
    });
    while (!(await answersPing(url))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}.`);
      await Bun.sleep(50);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    server?.kill(signal);
    await server?.exited;
  };
  await start();
  return {
    url,
    start,
    kill: () => end("SIGKILL"),
    stop: async () => {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function answersPing(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
