import { expect, test } from "bun:test";
import { connect } from "node:net";
import { signUp } from "../support/client.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { startServer, stopServer } from "../support/server.ts";

/** Sends a request as it is, and hears everything until the server has answered. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (data) => {
      heard += data.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
    socket.write(Buffer.from(text, "latin1"));
  });
}

const close = "Connection: close\r\n\r\n";
const get = (target: string, ...headers: string[]) =>
  `GET ${target} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join("")}${close}`;

const live = '{"status":"ok"}';
const metrics = "booking_";

/** What is sent, the status, and what is in the answer; `never` is what another path would have answered. */
const cases: Record<string, { sent: string; status: number; has?: string; never?: string }> = {
  "HTTP/1.0 without a Host": { sent: "GET /health/live HTTP/1.0\r\n\r\n", status: 200, has: live },
  "HTTP/1.0 without a Host, with a query": {
    sent: "GET /api/auth/me?x=1 HTTP/1.0\r\n\r\n",
    status: 401,
  },
  "HTTP/1.0, a path behind a colon": {
    sent: "GET /x:abc/health/live HTTP/1.0\r\n\r\n",
    status: 404,
    never: live,
  },
  "HTTP/1.0, a path in the query": {
    sent: "GET /public?u=a://b/metrics HTTP/1.0\r\n\r\n",
    status: 404,
    never: metrics,
  },
  "HTTP/1.0, the path of an upgrade in the query": {
    sent: "GET /public?u=a://b/ws HTTP/1.0\r\n\r\n",
    status: 404,
  },
  "an empty Host": { sent: get("/x:abc/health/live", "Host:"), status: 404, never: live },
  "an empty Host, rightly": { sent: get("/health/live", "Host:"), status: 200, has: live },
  "a Host with a space and a path behind a colon": {
    sent: get("/x:abc/health/live", "Host: a b"),
    status: 400,
    never: live,
  },
  "a Host with a space and a path in the query": {
    sent: get("/public?u=a://b/metrics", "Host: a b"),
    status: 400,
    never: metrics,
  },
  "a Host with a port that is none": { sent: get("/health/live", "Host: a:99999"), status: 400, never: live },
  "a Host with a path": { sent: get("/public", "Host: a/metrics?"), status: 400, never: metrics },
  "a Host with a user": { sent: get("/health/live", "Host: u@h"), status: 400, never: live },
  "a Host of another script": { sent: get("/health/live", "Host: \xe9"), status: 400, never: live },
  "two Hosts": { sent: get("/health/live", "Host: a", "Host: b"), status: 400, never: live },
  "one Host twice": { sent: get("/health/live", "Host: a", "host: a"), status: 400, never: live },
  "an upgrade with two Hosts": {
    sent: get("/ws/", "Host: a", "Host: b", "Upgrade: websocket"),
    status: 400,
  },
  "no Host": { sent: get("/health/live"), status: 400, never: live },
  "an absolute target": { sent: get("http://other/health/live", "Host: a"), status: 200, has: live },
  "an absolute target with a colon in its path": {
    sent: get("http://other/x:abc/health/live", "Host: a"),
    status: 404,
    never: live,
  },
  "a target with two slashes": { sent: get("//other/health/live", "Host: a"), status: 404, never: live },
  "a Host with a port": { sent: get("/health/live", "Host: [::1]:5000"), status: 200, has: live },
  "the path of a tunnel": { sent: `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n${close}`, status: 405, never: live },
  HEAD: {
    sent: `HEAD /health/live HTTP/1.1\r\nHost: a\r\n${close}`,
    status: 200,
    has: "\r\n\r\n",
    never: live,
  },
};

test(
  "what answers depends on the request target alone; a bad Host is 400",
  () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      const port = Number(new URL(server.url).port);
      for (const [name, { sent, status, has = "", never }] of Object.entries(cases)) {
        const heard = await raw(port, sent);
        expect([name, heard.match(/^HTTP\/1\.1 (\d+)/)?.[1]]).toEqual([name, String(status)]);
        expect(heard).toContain(has);
        if (never) expect([name, heard.includes(never)]).toEqual([name, false]);
      }
      const head = await raw(port, cases.HEAD?.sent ?? "");
      expect(head.toLowerCase()).toContain(`content-length: ${live.length}\r\n`);
      // On a kept connection the answer that follows a HEAD is the next one's.
      const both = await raw(
        port,
        `HEAD /health/live HTTP/1.1\r\nHost: a\r\n\r\n${get("/health/live", "Host: a")}`,
      );
      expect(both.split("HTTP/1.1 200").length).toBe(3);

      const { user, token } = await signUp(server.url);
      const signedIn = { Authorization: `Bearer ${token}` };
      const streamed = await fetch(`${server.url}/api/users/${user.id}/export`, {
        method: "HEAD",
        headers: signedIn,
      });
      expect([streamed.status, streamed.headers.get("content-length")]).toEqual([200, null]);
      await stopServer(server);
    }),
  60_000,
);
