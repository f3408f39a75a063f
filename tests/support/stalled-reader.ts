import { connect } from "node:net";

/** Joins a room over a bare TCP connection, and then reads no more. */
export async function openStalledReader(url: string, token: string, userId: string) {
  const { hostname, port } = new URL(url);
  const connection = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname);
  let text = "";
  connection.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  const received = async (part: string) => {
    while (!text.includes(part)) await Bun.sleep(10);
  };
  connection.write(
    `GET /ws/ HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await received('"authenticated"');
  connection.write(maskedText(JSON.stringify({ event: "join-user-room", data: { userId } })));
  await received("joined-room");
  connection.pause();
  return {
    /** Goes away, without having read anything. */
    destroy: () => connection.destroy(),
    /** Whether the server has ended the connection: reading on then comes to an end. */
    closed: () =>
      new Promise<boolean>((resolve) => {
        connection.once("close", () => resolve(true));
        setTimeout(() => resolve(false), 10_000).unref();
        connection.resume();
      }),
  };
}

/** A client's text frame (RFC 6455, 5.2) of 126 to 65,535 bytes or fewer than 126, masked with zeros. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]);
}
