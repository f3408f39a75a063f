import { expect, test } from "bun:test";
import { Redis } from "ioredis";
import { callAs } from "../support/client.ts";
import { createDatabase } from "../support/databases.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { reminded } from "../support/reminded.ts";
import { startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";

/** Everything that Redis holds for an installation: the queues with their jobs, the limits and the rest. */
async function everythingIn(prefix: string): Promise<string> {
  const redis = new Redis(redisUrl ?? "");
  const found: string[] = [];
  for (const key of await redis.keys(`${prefix}*`)) {
    const type = await redis.type(key);
    const value =
      type === "hash"
        ? await redis.hgetall(key)
        : type === "string"
          ? await redis.get(key)
          : type === "zset"
            ? await redis.zrange(key, "0", "-1")
            : type === "stream"
              ? await redis.xrange(key, "-", "+")
              : await redis.lrange(key, 0, -1).catch(() => type);
    found.push(key, JSON.stringify(value));
  }
  redis.disconnect();
  return found.join("\n");
}

describeOnRedis("a secret", () => {
  test("appears in no log line, error, metric or job", async () => {
    const database = await createDatabase("postgres");
    const sink = await startSmtpSink();
    // Every mail fails, and the fault is logged.
    sink.refuse(451);
    const canaries = new Set<string>();
    const canary = (name: string) => {
      const made = `canary-${name}-${crypto.randomUUID()}`;
      canaries.add(made);
      return made;
    };
    const keep = (secret: string) => {
      canaries.add(secret);
      return secret;
    };
    const env = {
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl ?? "",
      LOG_LEVEL: "trace",
      SMTP_URL: sink.url.replace("smtp://", `smtp://booking:${canary("smtp")}@`),
      MAIL_FROM: "booking@example.org",
      JWT_SECRET_KEY: keep("j".repeat(60) + crypto.randomUUID()),
      REFRESH_JWT_SECRET_KEY: keep("r".repeat(60) + crypto.randomUUID()),
      METRICS_TOKEN: canary("metrics"),
      ADMIN_EMAIL: "root@example.com",
      ADMIN_PASSWORD: canary("admin"),
    };
    const [server, worker] = await Promise.all([startServer({ env }), startWorkerProcess({ env })]);
    const said: string[] = [];
    const call =
      (token?: string) =>
      async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
        const answer = await callAs((p, init) => fetch(`${server.url}${p}`, init), token)(
          method,
          path,
          body,
          headers,
        );
        if (answer.status >= 400) said.push(answer.text);
        return answer;
      };
    const password = canary("password");
    const account = { email: "ada@example.com", password, name: "Ada" };
    const { body } = await call()("POST", "/api/auth/register", account);
    const [access, refresh] = [keep(body.accessToken), keep(body.refreshToken)];
    await call()("POST", "/api/auth/login", { email: account.email, password: canary("wrong") });
    await call()("POST", "/api/auth/login", `{"email": "ada@example.com", "password": "${canary("broken")}`, {
      "Content-Type": "application/json",
    });
    await call()("POST", "/api/auth/login", { email: account.email, password, otp: canary("field") });
    await call(access)("POST", "/api/auth/password", {
      currentPassword: canary("current"),
      newPassword: canary("new"),
    });
    await call()("POST", "/api/auth/forgot-password", { email: account.email });
    await call()("POST", "/api/auth/reset-password", { token: canary("link"), newPassword: canary("reset") });
    await call(canary("token"))("GET", "/api/bookings");
    await call(access)("GET", `/api/bookings?cursor=${canary("query")}`);
    const { body: again } = await call()("POST", "/api/auth/refresh", { refreshToken: refresh });
    keep(again.accessToken);
    const root = { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD };
    const { body: boss } = await call()("POST", "/api/auth/login", root);
    const scopes = ["bookings:read"];
    const { body: key } = await call(keep(boss.accessToken))("POST", "/api/api-keys", { name: "K", scopes });
    await call()("GET", "/api/bookings", undefined, { "X-API-Key": keep(key.key) });
    await call()("GET", "/api/users", undefined, { "X-API-Key": key.key });
    await fetch(`${worker.url}/jobs/`, {
      headers: { Authorization: `Basic ${btoa(`root@example.com:${canary("basic")}`)}` },
    });
    await call(access)("POST", "/api/bookings", reminded({ channel: "email", dueInMs: 300 }));
    while (!worker.output().includes("an attempt failed")) await Bun.sleep(50);

    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { Authorization: `Bearer ${env.METRICS_TOKEN}` },
    });
    const seen = {
      "the API's log": server.output(),
      "the worker's log": worker.output(),
      errors: said.join("\n"),
      metrics: await metrics.text(),
      numbers: await (await fetch(`${server.url}/jobs/metrics`)).text(),
      jobs: await everythingIn("{booking:"),
    };
    expect(said.length).toBeGreaterThan(6);
    expect(seen["the API's log"]).toContain('"route":"/api/auth/login"');
    expect(seen.jobs).toContain("deliver");
    for (const [where, all] of Object.entries(seen)) {
      const leaked = [...canaries]
        .filter((secret) => all.includes(secret))
        .map((secret) => secret.slice(0, 20));
      expect([where, leaked]).toEqual([where, []]);
    }
    await Promise.all([server, worker].map(stopServer));
    await sink.stop();
    await database.drop();
  }, 60_000);
});
