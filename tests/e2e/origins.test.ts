import { expect, test } from "bun:test";
import { inEmptyFolder } from "../support/folder.ts";
import { sharedSecrets, startServer, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

const origin = "http://localhost:5173";
const headers = { Origin: origin };
const production = {
  NODE_ENV: "production",
  ...sharedSecrets,
  ADMIN_EMAIL: "admin@example.com",
  ADMIN_PASSWORD: "correct horse battery staple",
  DATABASE_URL: "sqlite:booking.db",
  HOST: "127.0.0.1",
};

test(
  "in development a page on localhost opens sockets and calls the API, and a foreign one is logged",
  () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      const socket = await TestSocket.open(server.url, { headers });
      expect((await socket.ask("ping", {}, "pong")).event).toBe("pong");
      socket.close();
      const answer = await fetch(`${server.url}/api/bookings`, { headers });
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      for (const path of ["/ws/", "/api/bookings"]) {
        await fetch(`${server.url}${path}`, { headers: { Origin: "https://evil.example" } });
      }
      await stopServer(server);
      const said = server.output().match(/.*CORS_ORIGINS.*/g) ?? [];
      expect(said.map((line) => JSON.parse(line).origin)).toEqual(["https://evil.example"]);
    }),
  60_000,
);

test(
  "in production such a page must be listed",
  () =>
    inEmptyFolder(async (cwd) => {
      for (const listed of [false, true]) {
        const env = { ...production, ...(listed ? { CORS_ORIGINS: origin } : {}) };
        const server = await startServer({ cwd, env });
        const opened = await fetch(`${server.url}/ws/`, { headers });
        const answer = await fetch(`${server.url}/api/bookings`, { headers });
        const allowed = answer.headers.get("access-control-allow-origin");
        expect([opened.status, allowed]).toEqual(listed ? [426, origin] : [403, null]);
        await stopServer(server);
        expect(server.output().includes(`"setting":"CORS_ORIGINS"`)).toBe(!listed);
      }
    }),
  60_000,
);
