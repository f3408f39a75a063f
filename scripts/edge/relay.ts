import { connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";

/** Whether this machine has the address [::1]. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
}

/** Passes every connection to a port of [::1] on to 127.0.0.1, byte for byte: the runtime listens at one address. */
export async function relayFromIpv6(port: number): Promise<{ close(): void }> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    from.pipe(to).pipe(from);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "::1", resolve);
  });
  return {
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
