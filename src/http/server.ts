import type { createApp } from "./app.ts";

type App = ReturnType<typeof createApp>;

/** Serves an app on a port; throws what `Bun.serve` throws, `EADDRINUSE` for one. */
export function serveApp(app: App, { host, port }: { host: string; port: number }) {
  const server = Bun.serve({
    hostname: host,
    port,
    fetch: (request, server) => app.fetch(request, { ip: server.requestIP(request)?.address ?? "unknown" }),
    error: () => new Response(null, { status: 500 }),
  });
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    port: server.port ?? port,
    /** Lets requests that are under way finish, for at most `deadlineMs`. */
    stop: async (deadlineMs: number) => {
      const deadline = Bun.sleep(deadlineMs).then(() => server.stop(true));
      await Promise.race([server.stop(), deadline]);
    },
  };
}
