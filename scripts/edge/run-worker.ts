import { join } from "node:path";
import { Log, LogLevel, Miniflare, MiniflareCoreError } from "miniflare";
import { BootError } from "../../src/process/boot-error.ts";
import { requireFreePort } from "../../src/server.ts";
import { dataFolder } from "./dev-settings.ts";
import { leashWorkerd } from "./leash.ts";
import { hasIpv6, relayFromIpv6 } from "./relay.ts";
import { readWrangler, workerOptions } from "./wrangler.ts";

const taken = (port: number) =>
  new BootError(`Port ${port} is taken. Stop what uses it, or set PORT to another.`);

/** Throws a sentence unless localhost, 127.0.0.1 and [::1] can all be served on a port. */
export async function requireFreePorts(port: number): Promise<void> {
  for (const host of hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"])
    await requireFreePort(host, { PORT: port });
}

/** Serves a worker on a port of this machine, under all of its local names; resolves once it answers. */
export async function runWorker(
  script: string,
  { port, bindings }: { port: number; bindings: Record<string, string> },
): Promise<{ port: number; stop(): Promise<void> }> {
  leashWorkerd(dataFolder);
  const miniflare = new Miniflare({
    ...workerOptions(await readWrangler(), {
      script,
      // Nothing is written there: the runtime only wants a path within the working folder.
      scriptPath: join(dataFolder, "worker.js"),
      bindings,
    }),
    host: "127.0.0.1",
    port,
    // Nothing about this machine's place in the network, which would have to be asked for.
    cf: false,
    durableObjectsPersist: join(dataFolder, "objects"),
    log: new Log(LogLevel.WARN),
    logRequests: false,
  });
  const { port: found } = await miniflare.ready.catch((error) => {
    throw error instanceof MiniflareCoreError && error.code === "ERR_ADDRESS_IN_USE" ? taken(port) : error;
  });
  // Miniflare's own would end this process as if it had failed.
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal);
  const relay = hasIpv6() ? await relayFromIpv6(Number(found)) : undefined;
  return {
    port: Number(found),
    stop: async () => {
      relay?.close();
      await miniflare.dispose();
    },
  };
}
