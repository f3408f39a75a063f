/**
 * A load of HTTP requests, as cheap for the machine as Bun can make it: raw sockets that stay open, texts that are made
 * before. Reads a `Load` from stdin; prints `rate <requests a second> p50 <ms> p99 <ms> statuses <json>`.
 */
export type Load = {
  url: string;
  /** Sockets, each with one request under way. */
  clients: number;
  requests: { method: string; path: string; headers?: Record<string, string>; body?: object }[];
};

if (import.meta.main) await run(JSON.parse(await Bun.stdin.text()));

async function run({ url, clients, requests }: Load): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const texts = requests.map((request) => Buffer.from(textOf(request, host)));
  const times = new Float64Array(texts.length);
  const statuses: Record<string, number> = {};
  let next = 0;
  const client = () =>
    new Promise<void>((resolve, reject) => {
      let sentAt = 0;
      let mine = 0;
      let answer = Buffer.alloc(0);
      const sendNext = (socket: Bun.Socket) => {
        mine = next++;
        const text = texts[mine];
        if (!text) {
          socket.end();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(text);
      };
      void Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: sendNext,
          data: (socket, chunk) => {
            answer = answer.length === 0 ? Buffer.from(chunk) : Buffer.concat([answer, chunk]);
            const length = lengthOf(answer);
            if (length === null || answer.length < length) return;
            times[mine] = performance.now() - sentAt;
            const status = answer.toString("latin1", 9, 12);
            statuses[status] = (statuses[status] ?? 0) + 1;
            answer = Buffer.alloc(0);
            sendNext(socket);
          },
          error: (_, error) => reject(error),
          close: () => resolve(),
        },
      });
    });
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - began) / 1000;
  const sorted = times.toSorted();
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3);
  console.log(
    `rate ${(texts.length / seconds).toFixed(1)} p50 ${at(0.5)} p99 ${at(0.99)} statuses ${JSON.stringify(statuses)}`,
  );
}

export function textOf({ method, path, headers = {}, body }: Load["requests"][number], host: string): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  const all: Record<string, string> = { Host: host, ...headers };
  if (text)
    Object.assign(all, {
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(text)),
    });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${text}`;
}

/** The length of a whole answer, or null while its head is not there. */
export function lengthOf(answer: Buffer): number | null {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = answer.toString("latin1", 0, end);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`An answer without a length:\n${head}`);
  return end + 4 + Number(length);
}
