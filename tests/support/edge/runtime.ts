import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError, decode, encode } from "./wire.ts";

const repository = join(import.meta.dir, "../../..");

export type EdgeRuntime = {
  url: string;
  /** Of workerd. */
  pid: number;
  stop(): Promise<void>;
  /** `kill -9` of workerd, in the middle of whatever it does. */
  kill(): Promise<void>;
};

/** Real workerd with the worker of `entry`. Its script has to lie inside of the working folder. */
export async function startEdge(
  entry: string,
  { bindings, persist, port = 0 }: { bindings: Record<string, string>; persist?: string; port?: number },
): Promise<EdgeRuntime> {
  // Loaded here, so that tests without an object don't pay for it.
  const [{ Miniflare }, { bundleEdge }] = await Promise.all([
    import("miniflare"),
    import("../../../scripts/bundle-edge.ts"),
  ]);
  const dist = join(repository, "dist");
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, "edge-test-"));
  writeFileSync(join(folder, "worker.js"), await bundleEdge(join(repository, entry)));
  const miniflare = new Miniflare({
    name: "booking",
    host: "127.0.0.1",
    port,
    rootPath: folder,
    modules: [{ type: "ESModule", path: join(folder, "worker.js") }],
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["nodejs_compat"],
    durableObjects: {
      BOOKING: { className: "BookingObject", useSQLite: true },
      REGISTRY: { className: "Registry", useSQLite: true },
    },
    serviceBindings: {
      HASHER: { name: "booking", entrypoint: "Hasher" },
      ASSETS: async () => new Response("asset") as never,
    },
    bindings,
    ...(persist ? { durableObjectsPersist: persist } : {}),
  });
  const others = childrenNamed("workerd");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  const url = (await miniflare.ready).href.replace(/\/$/, "");
  const stop = async () => {
    await miniflare.dispose();
    remove();
  };
  const own = childrenNamed("workerd").filter((pid) => !others.includes(pid));
  return {
    url,
    pid: own[0] ?? 0,
    stop,
    kill: async () => {
      for (const pid of own) process.kill(pid, "SIGKILL");
      await stop();
    },
  };
}

/** The processes that this one has started, by the name of their program. */
function childrenNamed(name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const [, program, , parent] =
          readFileSync(`/proc/${pid}/stat`, "utf8").match(/\((.*)\) (\S) (\d+)/) ?? [];
        return program === name && Number(parent) === process.pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

let shared: Promise<EdgeRuntime> | undefined;

/** Ends it, if any test has started it. */
export async function stopSharedEdge(): Promise<void> {
  await (await shared)?.stop();
}

/** One for all tests of a run: each has objects of its own in it. */
export function sharedEdge(bindings: Record<string, string>): Promise<EdgeRuntime> {
  shared ??= startEdge("tests/support/edge/object.ts", { bindings });
  return shared;
}

/** Asks a test object for something that its program does not offer over HTTP. */
export async function askObject(url: string, what: string, asked: unknown, nowMs?: number): Promise<unknown> {
  const answer = await fetch(`${url}/__test/${what}`, {
    method: "POST",
    // The runtime closes connections whose bodies it has not read.
    keepalive: false,
    body: encode(asked),
    headers: nowMs === undefined ? {} : { "X-Test-Now": String(nowMs) },
  });
  const { value, fault } = decode(await answer.text()) as { value?: unknown; fault?: never };
  if (fault) throw asError(fault);
  return value;
}
