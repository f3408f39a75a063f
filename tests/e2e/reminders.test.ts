import { describe, expect, test } from "bun:test";
import { callAs } from "../support/client.ts";
import { createDatabase, describeOnPostgres } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { describeOnOwnRedis, describeOnRedis, redisUrl } from "../support/redis.ts";
import { startRedis } from "../support/redis-server.ts";
import { reminded } from "../support/reminded.ts";
import { run, type Server, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

/** Someone new on a server, with a socket in their room. */
async function join(server: Server, socketAt = server) {
  const open = callAs((path, init) => fetch(`${server.url}${path}`, init));
  const person = { email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" };
  const { body } = await open("POST", "/api/auth/register", person);
  const call = callAs((path, init) => fetch(`${server.url}${path}`, init), body.accessToken);
  const socket = await TestSocket.open(socketAt.url, { token: body.accessToken });
  await socket.ask("join-user-room", { userId: body.user.id }, "joined-room");
  return { call, socket, token: body.accessToken as string };
}

/** Books two seconds ahead, and waits for the reminder on a socket. */
async function expectReminder({
  call,
  socket,
}: Pick<Awaited<ReturnType<typeof join>>, "call" | "socket">): Promise<void> {
  const { body: booking } = await call(
    "POST",
    "/api/bookings",
    reminded({ channel: "websocket", dueInMs: 2_000 }),
  );
  const frame = await socket.next("booking.reminder");
  expect(frame.data.booking).toEqual(booking);
  expect(frame.data.message).toStartWith("Stand-up starts now, ");
  expect(Date.parse(booking.startTime)).toBeLessThanOrEqual(Date.now());
  const { body } = await call("GET", `/api/bookings/${booking.id}/reminders`);
  expect(body.data).toMatchObject([{ id: frame.data.reminder.id, status: "sent", attempts: 1 }]);
  expect(frame.id).toBe(frame.data.reminder.id);
}

describe("a reminder on SQLite", () => {
  test("arrives on the owner's socket, also when the process was killed meanwhile", () =>
    inEmptyFolder(async (cwd) => {
      const first = await startServer({ cwd });
      const { call, socket, token } = await join(first);
      await expectReminder({ call, socket });
      const { body: made } = await call(
        "POST",
        "/api/bookings",
        reminded({ channel: "websocket", dueInMs: 500, hoursLater: 1 }),
      );
      first.kill("SIGKILL");
      await first.exited;
      await Bun.sleep(600);
      const second = await startServer({ cwd });
      const again = callAs((path, init) => fetch(`${second.url}${path}`, init), token);
      const sent = async () => (await again("GET", `/api/bookings/${made.id}/reminders`)).body.data[0];
      while ((await sent()).status !== "sent") await Bun.sleep(50);
      expect((await again("GET", "/health")).body.status).toBe("ok");
      await stopServer(second);
    }));
});

describeOnPostgres("a reminder without Redis", () => {
  test("arrives on whichever instance the socket is", async () => {
    const database = await createDatabase("postgres");
    const servers = await Promise.all([1, 2].map(() => startServer({ env: { DATABASE_URL: database.url } })));
    const [one, two] = servers as [Server, Server];
    await expectReminder(await join(one, two));
    await Promise.all(servers.map(stopServer));
    await database.drop();
  });
});

describeOnOwnRedis("a Redis that may lose what it was told", () => {
  test("is told at the start and in /health, with the remedy", async () => {
    const redis = await startRedis(["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]);
    const database = await createDatabase("postgres");
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    const [server, worker] = await Promise.all([startServer({ env }), startWorkerProcess({ env })]);
    const warnings = [
      "maxmemory-policy is allkeys-lru: a full Redis drops jobs. Set it to noeviction.",
      "appendonly is no: a crash of Redis loses the latest jobs. Set it to yes.",
    ];
    for (const each of [server, worker]) {
      for (const warning of warnings) expect(each.output()).toContain(warning);
      const health = await (await fetch(`${each.url}/health`)).json();
      expect(health).toMatchObject({ checks: { redis: { status: "ok", warnings } } });
    }
    await redis.kill();
    const health = await fetch(`${server.url}/health`);
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { status: "degraded", checks: { redis: { status: "unavailable" }, worker: { status: "unavailable" } } },
    ]);
    expect((await fetch(`${worker.url}/jobs/metrics`)).status).toBe(503);
    await Promise.all([server, worker].map(stopServer));
    await redis.stop();
    await database.drop();
  });

  test("is needed by a worker apart, as is Postgres", async () => {
    const { code, output } = await run(["worker"], {
      env: { DATABASE_URL: process.env.TEST_DATABASE_URL ?? "" },
    });
    expect([code, output]).toEqual([78, expect.stringContaining("set REDIS_URL for those processes")]);
  });
});

describeOnRedis("a reminder", () => {
  test("arrives on whichever instance the socket is, by a worker apart", async () => {
    const database = await createDatabase("postgres");
    const env = { DATABASE_URL: database.url, REDIS_URL: redisUrl ?? "" };
    const servers = await Promise.all([1, 2].map(() => startServer({ env })));
    const [one, two] = servers as [Server, Server];
    const health = async () => (await fetch(`${one.url}/health`)).json() as Promise<{ status: string }>;
    expect(await health()).toMatchObject({
      status: "degraded",
      checks: { worker: { status: "unavailable" } },
    });
    const worker = await startWorkerProcess({ env });
    while ((await health()).status !== "ok") await Bun.sleep(50);
    await expectReminder(await join(one, two));
    await Promise.all([...servers, worker].map(stopServer));
    await database.drop();
  });
});
