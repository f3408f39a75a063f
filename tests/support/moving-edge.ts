import { readdirSync, readFileSync } from "node:fs";
import { type EdgeRuntime, startEdge } from "./edge/runtime.ts";
import { secrets } from "./harness.ts";

export const platformKey = "platform-key-".repeat(4);

/** Real workerd, in which every object has the platform key. With a folder, its data outlives it. */
export async function startMovingEdge(persist?: string) {
  const before = workerds();
  const runtime: EdgeRuntime = await startEdge("tests/support/moving-edge-object.ts", {
    bindings: {
      NODE_ENV: "production",
      JWT_SECRET_KEY: secrets.accessSecret,
      REFRESH_JWT_SECRET_KEY: secrets.refreshSecret,
      PLATFORM_KEY: platformKey,
      LOG_LEVEL: process.env.TEST_LOG ?? "silent",
    },
    ...(persist ? { persist } : {}),
  });
  const pids = workerds().filter((pid) => !before.includes(pid));
  return {
    stop: runtime.stop,
    /** The address of an object; with a suffix for what is special about it. */
    object: (suffix = "", name: string = crypto.randomUUID()) =>
      `${runtime.url}/__object/${name}.scale-1000${suffix}`,
    kill: () => {
      for (const pid of pids) process.kill(pid, "SIGKILL");
    },
  };
}

/** The process ids of the runtimes that this process has started. */
function workerds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isWorkerd(pid))
    .map(Number);
}

function isWorkerd(pid: string): boolean {
  try {
    const [, name = "", parent = ""] =
      readFileSync(`/proc/${pid}/stat`, "utf8").match(/^\d+ \((.*)\) \S (\d+)/) ?? [];
    return name.startsWith("workerd") && Number(parent) === process.pid;
  } catch {
    return false;
  }
}

/** Asks for something that only the platform key opens. */
export async function askPlatform(
  object: string,
  method: string,
  path: string,
  body?: unknown,
  key = platformKey,
): Promise<{ status: number; headers: Headers; text: string; body: Record<string, unknown> }> {
  const answer = await fetch(`${object}/platform/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text.startsWith("{") && !text.includes("\n") ? JSON.parse(text) : {},
  };
}
