import { expect, test } from "bun:test";
import { connect } from "node:net";
import { inEmptyFolder } from "../support/folder.ts";
import { startServer, stopServer } from "../support/server.ts";

const post = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const chunk = `4000\r\n${"a".repeat(0x4000)}\r\n`;

/** What a client sends first and then every two seconds, and the status it hears before it is cut; none where it hears nothing. */
const clients: Record<string, { first: string; drip?: string; status?: string }> = {
  "half a header": { first: "GET /health HTTP/1.1\r\nHost: x\r\n" },
  "headers, one at a time": { first: "GET /health HTTP/1.1\r\nHost: x\r\n", drip: "X-More: 1\r\n" },
  "half a body": { first: `${post}Content-Length: 1000\r\n\r\n{` },
  "a body, byte by byte": { first: `${post}Content-Length: 1000\r\n\r\n{`, drip: " " },
  "nothing more on a kept connection": {
    first: "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    status: "200",
  },
  "a giant header": {
    first: `GET /health HTTP/1.1\r\nHost: x\r\nX-Giant: ${"a".repeat(40_000)}\r\n\r\n`,
    status: "431",
  },
  "chunks without end": {
    first: `${post}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(40)}`,
    status: "413",
  },
};

/** The status that is heard until the server ends the connection; throws when it does not. */
function untilCut(
  port: number,
  { first, drip }: { first: string; drip?: string },
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    const dripping = drip ? setInterval(() => socket.write(drip), 2_000) : undefined;
    const patience = setTimeout(() => reject(new Error("The connection is still open.")), 50_000);
    socket.on("data", (data) => {
      heard += data;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(dripping);
      clearTimeout(patience);
      resolve(heard.match(/^HTTP\/1\.1 (\d+)/)?.[1]);
    });
    socket.write(first);
  });
}

test(
  "a client that sends half of something, or too much, is cut, and others are served meanwhile",
  () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      const port = Number(new URL(server.url).port);
      const cut = Promise.all(
        Object.entries(clients).map(async ([name, client]) => [name, await untilCut(port, client)] as const),
      );
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
      expect(await cut).toEqual(Object.entries(clients).map(([name, { status }]) => [name, status]));
      await stopServer(server);
    }),
  60_000,
);
