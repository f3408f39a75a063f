import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** An address that stays while the server behind it is exchanged, as behind a virtual IP or a name. */
export async function movableAddress(databaseUrl: string) {
  let target = new URL(databaseUrl);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const both = [client, upstream];
    for (const socket of both) {
      open.add(socket);
      // One side that ends or breaks takes the other with it.
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        for (const each of both) each.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** The same database, by way of this address. */
    through: (url: string) => {
      const moved = new URL(url);
      moved.port = String(port);
      return moved.href;
    },
    /** From now on the server of this URL answers; what is open is cut. */
    moveTo: (url: string) => {
      target = new URL(url);
      for (const socket of open) socket.destroy();
    },
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
