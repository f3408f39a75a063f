import { lengthOf, textOf } from "./http-load.ts";

/**
 * Bookings wanted at a rate of its own, however slow the answers are: what finds no free socket is given up. Reads an
 * `OpenLoad` from stdin; prints `answered <json>`: how often each status came, and how many were given up (`unsent`).
 */
export type OpenLoad = {
  url: string;
  /** Requests a second, and for how long. */
  rate: number;
  seconds: number;
  /** Open ones, each with one request under way at most. */
  sockets: number;
  tokens: string[];
  resources: string[];
  /** Where their slots begin, in milliseconds since 1970. */
  base: number;
};

const tickMs = 5;
const slotMs = 1_800_000;

const load = JSON.parse(await Bun.stdin.text()) as OpenLoad;
const { hostname, port, host } = new URL(load.url);
const answered: Record<string, number> = {};
const count = (what: string) => {
  answered[what] = (answered[what] ?? 0) + 1;
};
const idle: Bun.Socket<{ answer: Buffer }>[] = [];
await Promise.all(
  Array.from({ length: load.sockets }, () =>
    Bun.connect<{ answer: Buffer }>({
      hostname,
      port: Number(port),
      data: { answer: Buffer.alloc(0) },
      socket: {
        open: (socket) => void idle.push(socket),
        data: (socket, chunk) => {
          const { data } = socket;
          data.answer = data.answer.length === 0 ? Buffer.from(chunk) : Buffer.concat([data.answer, chunk]);
          const length = lengthOf(data.answer);
          if (length === null || data.answer.length < length) return;
          count(data.answer.toString("latin1", 9, 12));
          data.answer = Buffer.alloc(0);
          idle.push(socket);
        },
        close: () => count("closed"),
        error: () => count("broken"),
      },
    }),
  ),
);

const began = performance.now();
const secondsSince = () => (performance.now() - began) / 1000;
let sent = 0;
while (secondsSince() < load.seconds) {
  for (const due = Math.floor(secondsSince() * load.rate); sent < due; sent++) {
    const socket = idle.pop();
    if (socket) socket.write(requestText(sent));
    else count("unsent");
  }
  await Bun.sleep(tickMs);
}
console.log(`answered ${JSON.stringify(answered)}`);
process.exit(0);

/** Each wants a slot that is free. */
function requestText(n: number): string {
  const { tokens, resources, base } = load;
  const start = base + Math.floor(n / resources.length) * slotMs;
  return textOf(
    {
      method: "POST",
      path: "/api/bookings",
      headers: { Authorization: `Bearer ${tokens[n % tokens.length]}` },
      body: {
        title: "Overload",
        resourceId: resources[n % resources.length],
        startTime: new Date(start).toISOString(),
        endTime: new Date(start + slotMs).toISOString(),
      },
    },
    host,
  );
}
