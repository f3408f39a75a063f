import { afterAll, beforeAll, expect, test } from "bun:test";
import { callAs } from "../support/client.ts";
import { createDatabase } from "../support/databases.ts";
import { describeWithNginx, startNginx } from "../support/nginx.ts";
import { redisUrl } from "../support/redis.ts";
import { sharedSecrets, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { admin, walkthroughs } from "./walkthroughs.ts";

/** Two APIs and two workers on one database and one Redis, behind nginx. */
async function startBehindNginx(mode: "development" | "production", more: Record<string, string> = {}) {
  const database = await createDatabase("postgres");
  const addresses = { DATABASE_URL: database.url, REDIS_URL: redisUrl ?? "" };
  const env = { ...addresses, ...admin, TRUSTED_PROXIES: "127.0.0.1", ...more };
  const api = await Promise.all([startServer({ env }), startServer({ env })]);
  const worker = await Promise.all([startWorkerProcess({ env }), startWorkerProcess({ env })]);
  const nginx = await startNginx(mode, {
    api: api.map(({ url }) => url),
    worker: worker.map(({ url }) => url),
  });
  return {
    url: nginx.url,
    redirectUrl: nginx.redirectUrl,
    stop: async () => {
      await nginx.stop();
      await Promise.all([...api, ...worker].map(stopServer));
      await database.drop();
    },
  };
}

describeWithNginx("two APIs and two workers in development", () => {
  walkthroughs((env) => startBehindNginx("development", env));
});

describeWithNginx("the production proxy", () => {
  let running: Awaited<ReturnType<typeof startBehindNginx>>;
  const secure = { tls: { rejectUnauthorized: false }, redirect: "manual" } as const;
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${running.url}${path}`, { ...secure, ...init });
  beforeAll(async () => {
    running = await startBehindNginx("production", {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      ...sharedSecrets,
    });
  });
  afterAll(() => running.stop());

  test("leads to every part, over TLS alone", async () => {
    for (const path of ["/api/", "/api/openapi.json", "/health", "/problems/slot_taken"])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    expect((await get("/api/booking")).status).toBe(401);
    const plain = await fetch(`${running.redirectUrl}/api/?a=1`, { redirect: "manual" });
    expect([plain.status, plain.headers.get("location")]).toEqual([308, `${running.url}/api/?a=1`]);
    expect((await get("/health")).headers.get("strict-transport-security")).toStartWith("max-age=");
  });

  test("leads to the worker's page and its numbers", async () => {
    const headers = { Authorization: `Basic ${btoa(`${admin.ADMIN_EMAIL}:${admin.ADMIN_PASSWORD}`)}` };
    const page = await get("/jobs/", { headers });
    expect([page.status, (await page.text()).includes("static/")]).toEqual([200, true]);
    expect(((await (await get("/jobs/metrics")).json()) as { broker: string }).broker).toBe("redis");
    expect(await (await get("/metrics")).text()).toContain("booking_sockets");
  });

  test("lets sockets through, whose origin is judged by the name they were opened with", async () => {
    const { token, user } = await signUpSecurely();
    const open = (origin: string) => TestSocket.open(running.url, { token, headers: { Origin: origin } });
    const socket = await open(running.url);
    await socket.ask("join-user-room", { userId: user.id }, "joined-room");
    socket.close();
    await expect(open("https://elsewhere.example")).rejects.toThrow();
  });

  test("overwrites what a client says of its own address: the service believes the proxy", async () => {
    const told = await get("/metrics", { headers: { "X-Forwarded-For": "198.51.100.7" } });
    expect(told.status).toBe(200);
  });

  test("passes on what the service says: its own 413, and who asks it too much", async () => {
    const large = await get("/api/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: "x".repeat(300_000) }),
    });
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([413, "body_too_large"]);
  });

  async function signUpSecurely() {
    const send = (path: string, init: RequestInit) => get(path, init);
    const account = { email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" };
    const { body } = await callAs(send)("POST", "/api/auth/register", account);
    return { token: body.accessToken as string, user: body.user };
  }
});
