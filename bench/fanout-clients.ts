/**
 * The sockets of the fan-out bench, in a process of their own: `<url> <count>`, and on standard input
 * `{tokens, join}`: each socket signs in with a token, if there are any, and sends the frame. Prints `ready` when all
 * are in, and the number of an event when the last of them has heard it.
 */
const [url = "", count = "0"] = process.argv.slice(2);
const { tokens, join } = (await Bun.stdin.json()) as { tokens: string[]; join: object };
const wanted = Number(count);
let heard = 0;

const open = (n: number) =>
  new Promise<void>((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => {
      if (tokens.length === 0) return resolve();
      socket.send(JSON.stringify({ event: "authenticate", data: { token: tokens[n % tokens.length] } }));
      socket.send(JSON.stringify(join));
    };
    socket.onmessage = ({ data }) => {
      const text = String(data);
      if (text.startsWith('{"event":"joined-room"')) resolve();
      if (!text.startsWith('{"event":"availability.changed"')) return;
      heard += 1;
      if (heard % wanted === 0) console.log(`event ${heard / wanted}.`);
    };
  });

// A few at a time, so that the listen queue does not overflow.
for (let n = 0; n < wanted; n += 50) {
  await Promise.all(Array.from({ length: Math.min(50, wanted - n) }, (_, k) => open(n + k)));
}
console.log("ready.");
