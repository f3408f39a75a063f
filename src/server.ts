import type { createApp } from "./http/app.ts";
import { hasGoodHost } from "./http/middleware/host.ts";
import { BootError } from "./process/boot-error.ts";
import { clientOf, type Networks } from "./process/client-address.ts";
import type { Config } from "./process/config.ts";
import type { Connection } from "./realtime/connection.ts";
import type { Realtime } from "./realtime/start.ts";

type App = ReturnType<typeof createApp>;
type Listen = { host: string; port: number; trustedProxies: Networks };

/**
 * How long a connection lasts without a byte in either direction: longer than the locks that a request may wait for,
 * each for 10 s, so that it is answered; and longer than an export pauses before a page.
 */
const idleTimeout = 30;

/** Serves an app and its sockets on a port; throws what `Bun.serve` throws, `EADDRINUSE` for one. */
export function serveApp(app: App, realtime: Realtime, { host, port, trustedProxies }: Listen) {
  const { answer, retire } = retirable((request, server: Bun.Server<Connection>) => {
    const client = clientOf(request.headers, peerOf(server, request), trustedProxies);
    const addressed = withAuthority(request);
    if (asksForSocket(addressed.url) && hasGoodHost(request.headers)) {
      return realtime.upgrade(request, server, client.ip);
    }
    return app.fetch(addressed, client);
  });
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout,
    websocket: realtime.handlers,
    fetch: answer,
    error: () => new Response(null, { status: 500 }),
  });
  realtime.attach(server);
  return stoppable(server, port, retire);
}

/** Serves an app without sockets: a worker's. */
export function servePlain(app: App, { host, port, trustedProxies }: Listen) {
  const { answer, retire } = retirable((request, server: Bun.Server<never>) =>
    app.fetch(withAuthority(request), clientOf(request.headers, peerOf(server, request), trustedProxies)),
  );
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout,
    fetch: answer,
    error: () => new Response(null, { status: 500 }),
  });
  return stoppable(server, port, retire);
}

/**
 * Once retired, every answer closes its connection, so that clients with open connections go elsewhere for the next
 * request. A proxy that says that it then tries another instance is sent there at once: this teaches it to avoid this
 * one before the port closes on a request that it has already sent.
 */
function retirable<S, R extends Response | undefined>(
  fetch: (request: Request, server: S) => R | Promise<R>,
) {
  let retired = false;
  const close = (response: R): R => {
    response?.headers.set("Connection", "close");
    return response;
  };
  return {
    answer: (request: Request, server: S): R | Response | Promise<R | Response> => {
      if (!retired) return fetch(request, server);
      const elsewhere =
        request.headers.has("X-Retries-Elsewhere") && ["GET", "HEAD"].includes(request.method);
      if (elsewhere)
        return new Response("This instance is stopping.", { status: 502, headers: { Connection: "close" } });
      return Promise.resolve(fetch(request, server)).then(close);
    },
    retire: () => {
      retired = true;
    },
  };
}

/** Looked up at once: when a connection is gone it has no address any more, and limits count addresses. */
function peerOf(server: Bun.Server<never> | Bun.Server<Connection>, request: Request): string {
  return server.requestIP(request)?.address ?? "unknown";
}

/**
 * A request with a complete URL. If Host is missing (HTTP/1.0) or malformed, Bun gives the bare target as the URL, and
 * code that looks for a path in it finds one after the first colon, which may be in the path or the query.
 */
function withAuthority(request: Request): Request {
  if (/^https?:\/\//.test(request.url)) return request;
  // CONNECT names an authority and no path: there is nothing to answer at it.
  const target = request.url.startsWith("/") ? request.url : "/";
  return new Request(`http://localhost${target}`, request);
}

/** Whether a URL's path is `/ws` or `/ws/`; asked of every request, so without parsing it. */
function asksForSocket(url: string): boolean {
  const path = url.indexOf("/", "http://".length);
  return url.startsWith("/ws", path) && /^\/ws\/?([?#]|$)/.test(url.slice(path));
}

function stoppable(server: Bun.Server<unknown>, port: number, retire: () => void) {
  return {
    port: server.port ?? port,
    /** Keeps answering, and sends everybody elsewhere. */
    retire,
    /** Lets requests in progress finish, for at most `deadlineMs`. */
    stop: async (deadlineMs: number) => {
      const deadline = Bun.sleep(deadlineMs).then(() => server.stop(true));
      await Promise.race([server.stop(), deadline]);
    },
  };
}

/** Starts to listen on the port that a variable names; if this fails, a sentence says why. */
export function listen<T>(
  host: string,
  variable: { PORT: number } | { JOB_PORT: number },
  start: () => T,
): T {
  const [name, port] = Object.entries(variable)[0] as [string, number];
  try {
    return start();
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === "EADDRINUSE") {
      throw new BootError(`Port ${port} is taken. Stop what uses it, or set ${name} to another.`, 1, {
        cause,
      });
    }
    if (code === "EACCES") {
      throw new BootError(`Port ${port} needs privileges. Set ${name} to one above 1023.`, 1, { cause });
    }
    throw new BootError(`Can't listen on ${host}:${port}. Correct HOST or ${name}.`, 1, { cause });
  }
}

/** Throws the sentence of `listen` if the port can't be used; otherwise leaves it free. */
export async function requireFreePort(
  host: string,
  variable: { PORT: number } | { JOB_PORT: number },
): Promise<void> {
  const [port = 0] = Object.values(variable);
  const fetch = () => new Response(null, { status: 503 });
  await listen(host, variable, () => Bun.serve({ hostname: host, port, fetch })).stop(true);
}

/** Where a process is reached from this machine. */
export function baseUrl({ host }: Pick<Config, "host">, port: number): string {
  const local = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host);
  return `http://${local ? "localhost" : host}:${port}`;
}
