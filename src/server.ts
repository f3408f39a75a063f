import type { createApp } from "./http/app.ts";
import type { Realtime } from "./realtime/start.ts";

type App = ReturnType<typeof createApp>;

/** Serves an app and its sockets on a port; throws what `Bun.serve` throws, `EADDRINUSE` for one. */
export function serveApp(app: App, realtime: Realtime, { host, port }: { host: string; port: number }) {
  const server = Bun.serve({
    hostname: host,
    port,
    websocket: realtime.handlers,
    fetch: (request, server) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/ws/" || pathname === "/ws") return realtime.upgrade(request, server);
      return app.fetch(request, { ip: server.requestIP(request)?.address ?? "unknown" });
    },
    error: () => new Response(null, { status: 500 }),
  });
  realtime.attach(server);
  return {
    port: server.port ?? port,
    /** Lets requests that are under way finish, for at most `deadlineMs`. */
    stop: async (deadlineMs: number) => {
      const deadline = Bun.sleep(deadlineMs).then(() => server.stop(true));
      await Promise.race([server.stop(), deadline]);
    },
  };
}
