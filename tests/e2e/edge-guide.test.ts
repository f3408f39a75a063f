import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callAs } from "../support/client.ts";
import { freePort } from "../support/cluster.ts";
import { launchDevEdge, startDevEdge } from "../support/dev-edge.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { run, type Server, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { admin } from "./walkthroughs.ts";

const waitMs = 180_000;
const page = readFileSync(join(import.meta.dir, "../../docs/edge.md"), "utf8");

/** The shell blocks of a section, in order. */
function blocksOf(title: string): string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${title}\n`)) ?? "";
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);
}

/** Follows a section line by line: what starts the edge goes on running, until the next one or the end. */
async function follow(title: string, cwd: string): Promise<string[]> {
  const port = String(await freePort());
  const outputs: string[] = [];
  let server: Server | undefined;
  for (const block of blocksOf(title)) {
    if (block.includes("bun run dev:edge")) {
      if (server) await stopServer(server);
      server = await startDevEdge(cwd, { PORT: port }, block);
      continue;
    }
    const script = `set -eu\n${block.replaceAll("localhost:5000", `localhost:${port}`)}`;
    const { code, output } = await run(["-c", script], { command: ["bash"], cwd });
    expect([code, output]).toEqual([0, expect.any(String)]);
    outputs.push(output);
  }
  if (server) await stopServer(server);
  return outputs;
}

const callAt = (url: string, token?: string) => callAs((path, init) => fetch(`${url}${path}`, init), token);

async function signIn(url: string, email = admin.ADMIN_EMAIL, password = admin.ADMIN_PASSWORD) {
  const { status, body } = await callAt(url)("POST", "/api/auth/login", { email, password });
  expect([status, url]).toEqual([200, url]);
  return callAt(url, body.accessToken);
}

const slot = { startTime: "2031-03-01T10:00:00.000Z", endTime: "2031-03-01T11:00:00.000Z" };

test(
  "docs/edge.md, followed line by line: it books, refuses, and serves registered names only",
  () =>
    inEmptyFolder(async (cwd) => {
      const [booked = "", hosts = "", ...rest] = await follow("Try it here", cwd);
      expect(rest).toEqual([]);
      expect(booked).toContain('"status":"ok"');
      expect(booked).toContain('"code":"slot_taken"');
      expect([...booked.matchAll(/"title":"Design review"/g)].length).toBeGreaterThanOrEqual(2);
      expect(booked).not.toContain('"title":"Interview"');
      const [unknown, registered, health, list, forgotten] = hosts.trim().split("\n");
      expect(unknown).toContain('"status":404');
      expect(registered).toBe('{"name":"rome.booking.localhost"}');
      expect(health).toContain('"status":"ok"');
      expect(list).toBe('{"data":["rome.booking.localhost"]}');
      expect(forgotten).toBe("204");
      expect(statSync(join(cwd, "data/edge/first-admin-password")).mode & 0o777).toBe(0o600);
      expect(statSync(join(cwd, "data/edge")).mode & 0o777).toBe(0o700);
    }),
  waitMs,
);

test(
  "localhost, 127.0.0.1 and [::1] are one installation, which outlives its processes, however they end",
  () =>
    inEmptyFolder(async (cwd) => {
      const PORT = String(await freePort());
      const env = { ...admin, PORT, RATE_LIMIT_SCALE: "1000" };
      const urls = ["localhost", "127.0.0.1", "[::1]"].map((name) => `http://${name}:${PORT}`);
      const [first = "", , last = ""] = urls;
      let server = await startDevEdge(cwd, env);
      expect(existsSync(join(cwd, "data/edge/first-admin-password"))).toBe(false);
      const call = await signIn(first);
      const token = (await callAt(first)("POST", "/api/auth/login", credentials)).body.accessToken;
      const socket = await TestSocket.open(last, { token });
      const me = await call("GET", "/api/auth/me");
      await socket.ask("join-user-room", { userId: me.body.id }, "joined-room");
      const { status, body: booking } = await call("POST", "/api/bookings", { title: "Kept", ...slot });
      expect(status).toBe(201);
      expect((await socket.next("booking.created")).data.booking).toEqual(booking);
      socket.close();
      for (const end of ["SIGTERM", "SIGKILL", "SIGINT"] as const) {
        for (const url of urls) {
          const read = await (await signIn(url))("GET", `/api/bookings/${booking.id}`);
          expect([url, read.body]).toEqual([url, booking]);
        }
        server.kill(end);
        const code = await server.exited;
        if (end !== "SIGKILL") expect([end, code]).toEqual([end, 0]);
        server = await startDevEdge(cwd, env);
      }
      expect((await (await signIn(last))("GET", `/api/bookings/${booking.id}`)).body).toEqual(booking);
      await stopServer(server);
    }),
  waitMs,
);

const credentials = { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD };

test(
  "every setting comes from the environment, and faulty ones, a taken port and taken data are told in sentences",
  () =>
    inEmptyFolder(async (cwd) => {
      const PORT = String(await freePort());
      const fails = async (env: Record<string, string>) => {
        const child = launchDevEdge(cwd, env);
        const code = await child.exited;
        expect(child.output()).not.toContain("    at ");
        return { code, output: child.output() };
      };
      const faulty = await fails({ PORT: "x", BOOKING_HOSTS: "http://a", NODE_ENV: "production" });
      expect(faulty.output).toContain("The configuration has 4 faults:");
      for (const name of ["PORT", "BOOKING_HOSTS", "JWT_SECRET_KEY", "REFRESH_JWT_SECRET_KEY"])
        expect(faulty.output).toContain(`  ${name}: expected `);
      expect([faulty.code, existsSync(join(cwd, "data"))]).toEqual([78, false]);

      writeFileSync(join(cwd, ".env"), "REGISTRATION=closed\n");
      const settings = { MAIL_API_URL: "http://127.0.0.1:1/", MAIL_API_KEY: "key" };
      const mail = { MAIL_FROM: "booking@example.com", BOOKING_HOSTS: "a.localhost" };
      const server = await startDevEdge(cwd, { ...admin, ...settings, ...mail, PORT });
      expect(server.output()).toContain("over WebSocket and by mail");
      const person = { email: "ada@example.com", password: "password123", name: "Ada" };
      for (const host of ["localhost", "a.localhost"]) {
        const call = callAt(`http://${host}:${PORT}`);
        expect((await call("POST", "/api/auth/register", person)).status).toBe(403);
      }
      const port = await fails({ PORT });
      expect([port.code, port.output]).toEqual([1, expect.stringContaining(`Port ${PORT} is taken.`)]);
      const data = await fails({ PORT: String(await freePort()) });
      expect([data.code, data.output]).toEqual([78, expect.stringContaining("Another process serves")]);
      await stopServer(server);
    }),
  waitMs,
);
