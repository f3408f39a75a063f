import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sign } from "hono/jwt";
import { createWorld, type World } from "../faults/world.ts";
import { callAs } from "../support/client.ts";
import { describeOnPostgres, type EngineName } from "../support/databases.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { secrets } from "../support/secrets.ts";
import { type Server, sharedSecrets, startServer, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

const slot = (hour: number) => ({
  title: "Secret",
  startTime: new Date(Date.UTC(2030, 0, 1, hour)).toISOString(),
  endTime: new Date(Date.UTC(2030, 0, 1, hour + 1)).toISOString(),
});

/** The same suite for every way to run: one process, several that poll, several that Redis wakes. */
function liveSuite(engine: EngineName, processes: number, env: Record<string, string>): void {
  let world: World;
  let servers: Server[];
  beforeAll(async () => {
    world = await createWorld(engine, { capacities: [5], people: 6 });
    servers = await Promise.all(Array.from({ length: processes }, () => world.serve(env)));
  });
  afterAll(async () => {
    await Promise.all(servers.map(stopServer));
    await world.database.drop();
  });
  /** The first server, the last one (another where there are several), and someone who is an admin or not. */
  const near = () => servers[0]?.url ?? "";
  const far = () => servers.at(-1)?.url ?? "";
  const person = (n: number) => world.people[n] ?? raise();
  const call = (n: number, url = far()) =>
    callAs((path, init) => fetch(`${url}${path}`, init), person(n).token);
  const open = (n: number) => TestSocket.open(near(), { token: person(n).token });

  test("a change made on one instance is heard on another, with what changed, its id and its cursor", async () => {
    const socket = await open(1);
    const joined = await socket.ask("join-user-room", { userId: person(1).id }, "joined-room");
    expect(joined.data).toEqual({ room: `user:${person(1).id}`, cursor: expect.any(String) });
    const { body: booking } = await call(1)("POST", "/api/bookings", slot(1));
    const created = await socket.next("booking.created");
    expect(created.data).toEqual({ booking, actorId: person(1).id });
    expect(created).toMatchObject({
      room: `user:${person(1).id}`,
      id: expect.any(String),
      cursor: expect.any(String),
    });
    await call(1)("PATCH", `/api/bookings/${booking.id}`, { endTime: slot(2).endTime });
    const moved = await socket.next("booking.rescheduled");
    expect(moved.data.changes).toEqual({ endTime: { before: slot(1).endTime, after: slot(2).endTime } });
    await call(0)("DELETE", `/api/bookings/${booking.id}`);
    const cancelled = await socket.next("booking.cancelled");
    expect([cancelled.data.actorId, cancelled.data.booking.status]).toEqual([person(0).id, "cancelled"]);
    await socket.ask("leave-user-room", { userId: person(1).id }, "left-room");
    socket.close();
  });

  test("a resource's room tells when, and nothing of whose", async () => {
    const socket = await open(2);
    const room = world.rooms[0] ?? "";
    await socket.ask("join-resource-room", { resourceId: room }, "joined-room");
    await call(1)("POST", "/api/bookings", { ...slot(5), resourceId: room });
    const changed = await socket.next("availability.changed");
    const { startTime, endTime } = slot(5);
    expect(changed.data).toEqual({ resourceId: room, intervals: [{ startTime, endTime }] });
    expect(JSON.stringify(socket.frames)).not.toMatch(new RegExp(`Secret|${person(1).id}`));
    socket.close();
  });

  test("nobody joins before signing in, nor another's room; unknown and forbidden look the same", async () => {
    const socket = await TestSocket.open(near());
    const early = await socket.ask("join-user-room", { userId: person(2).id }, "error");
    expect(early.data).toMatchObject({ code: "unauthenticated", event: "join-user-room" });
    expect(early.data.detail).toContain('{"event":"authenticate"');
    const signedIn = await socket.ask("authenticate", { token: person(2).token }, "authenticated");
    expect(signedIn.data.userId).toBe(person(2).id);
    const rooms = [
      ["join-user-room", { userId: person(1).id }],
      ["join-user-room", { userId: crypto.randomUUID() }],
      ["join-resource-room", { resourceId: person(1).calendarId }],
      ["join-resource-room", { resourceId: crypto.randomUUID() }],
    ] as const;
    for (const [event, data] of rooms) {
      const refused = await socket.ask(event, data, "error");
      expect(refused.data).toMatchObject({
        code: "forbidden",
        detail: expect.stringContaining("This room does not exist"),
      });
    }
    await call(1)("POST", "/api/bookings", slot(9));
    await socket.ask("ping", {}, "pong");
    expect(socket.frames.some((frame) => frame.event.startsWith("booking."))).toBe(false);
    const other = await socket.ask("authenticate", { token: person(1).token }, "error");
    expect(other.data.code).toBe("forbidden");
    socket.close();
  });

  test("an admin hears anyone's room", async () => {
    const socket = await open(0);
    await socket.ask("join-user-room", { userId: person(3).id }, "joined-room");
    await call(3)("POST", "/api/bookings", slot(1));
    expect((await socket.next("booking.created")).room).toBe(`user:${person(3).id}`);
    socket.close();
  });

  test("who comes back with a cursor gets each event once and in order, while more keep coming", async () => {
    const socket = await open(4);
    const userId = person(4).id;
    const { data } = await socket.ask("join-user-room", { userId }, "joined-room");
    socket.close();
    let after: string = data.cursor;
    const heard: string[] = [];
    const total = 120;
    const writing = (async () => {
      for (let n = 0; n < total; n++) {
        await call(4, servers[n % servers.length]?.url)("POST", "/api/bookings", {
          ...slot(n * 2),
          title: `${n}`,
        });
      }
    })();
    while (heard.length < total) {
      const turn = await TestSocket.open(servers[heard.length % servers.length]?.url ?? "", {
        token: person(4).token,
      });
      await turn.ask("join-user-room", { userId, after }, "joined-room");
      // Cut it off after a few, as a train in a tunnel would.
      await turn.next("booking.created");
      for (const frame of turn.frames.filter((f) => f.event === "booking.created").slice(0, 17)) {
        heard.push(frame.data.booking.title);
        after = frame.cursor ?? after;
      }
      turn.close();
    }
    await writing;
    expect(heard).toEqual(Array.from({ length: total }, (_, n) => `${n}`));
  }, 60_000);

  test("the socket is closed when its session ends, its role is another, or its token runs out", async () => {
    const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "password123" };
    const { body } = await call(0)("POST", "/api/auth/register", { ...credentials, name: "A" });
    // workerd takes ten seconds to end the connection of a socket that it has closed and that never sent anything.
    const openSpeaking = async (token: string) => {
      const socket = await TestSocket.open(near(), { token });
      await socket.ask("ping", {}, "pong");
      return socket;
    };
    const leaving = await openSpeaking(body.accessToken);
    await call(0)("POST", "/api/auth/logout", { refreshToken: body.refreshToken });
    expect((await leaving.closed).code).toBe(4401);
    const { body: back } = await call(0)("POST", "/api/auth/login", credentials);
    const cut = await openSpeaking(back.accessToken);
    await call(0)("PATCH", `/api/users/${body.user.id}`, { role: "admin" });
    expect((await cut.closed).code).toBe(4401);
    const { body: renewed } = await call(0)("POST", "/api/auth/login", credentials);
    const claims = JSON.parse(Buffer.from(renewed.accessToken.split(".")[1], "base64url").toString());
    const exp = Math.ceil(Date.now() / 1000) + 1;
    const short = await openSpeaking(await sign({ ...claims, exp }, secrets.accessSecret, "HS256"));
    expect((await short.closed).code).toBe(4401);
    const dead = await TestSocket.open(near());
    expect((await dead.ask("authenticate", { token: body.accessToken }, "error")).data.code).toBe(
      "unauthenticated",
    );
    dead.close();
  }, 20_000);

  test("a bad frame is answered; junk, floods and giants end the socket", async () => {
    const socket = await open(1);
    const unknown = await socket.ask("dance", {}, "error");
    expect(unknown.data).toMatchObject({ code: "validation_failed", event: "dance" });
    const bad = await socket.ask("join-user-room", { userId: "me" }, "error");
    expect(bad.data.detail).toContain("data.userId");
    const forged = await socket.ask("join-user-room", { userId: person(1).id, after: "x" }, "error");
    expect(forged.data.code).toBe("validation_failed");
    const endings: [string | Uint8Array, number, number][] = [
      ["junk", 1, 1008],
      ["[]", 1, 1008],
      [new Uint8Array([1, 2]), 1, 1008],
      [JSON.stringify({ event: "ping", data: {}, ref: "x" }), 200, 1008],
      [JSON.stringify({ event: "ping", data: { filler: "x".repeat(17_000) } }), 1, 1009],
    ];
    for (const [message, times, code] of endings) {
      const other = await open(1);
      for (let n = 0; n < times; n++) other.socket.send(message as string);
      expect((await other.closed).code).toBe(code);
    }
    expect((await socket.ask("ping", {}, "pong")).data.time).toEqual(expect.any(String));
    socket.close();
  });

  test("a foreign origin may not open a socket, the own one may, and a plain request is told", async () => {
    const ask = async (headers: Record<string, string>) => (await fetch(`${near()}/ws/`, { headers })).status;
    expect(await ask({})).toBe(426);
    expect(await ask({ Origin: "https://evil.example" })).toBe(403);
    expect(await ask({ Origin: "null" })).toBe(403);
    expect(await ask({ Origin: new URL(near()).origin })).toBe(426);
    expect(await ask({ Origin: "https://app.example.com" })).toBe(426);
  });

  test("a subprotocol that is offered is not spoken, and not echoed", async () => {
    const response = await fetch(`${near()}/ws/`, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "secret-token, other",
      },
    });
    expect([response.status, response.headers.get("sec-websocket-protocol")]).toEqual([101, null]);
  });

  // An object has no process to be stopped: its sockets stay open while it sleeps.
  const onProcess = engine === "object" ? () => {} : test;
  onProcess("a restart tells its sockets to come back, and ends cleanly", async () => {
    const own = await createWorld(engine, { capacities: [], people: 1 });
    const server = await startServer({ env: { ...sharedSecrets, DATABASE_URL: own.database.url, ...env } });
    const { token } = own.people[0] ?? raise();
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => TestSocket.open(server.url, { token })),
    );
    let comebacks = 0;
    for (const { closed } of sockets) {
      // Who comes back at once must not be taken in by the process that is about to end.
      void closed.then(() =>
        TestSocket.open(server.url, { token }).then(
          () => comebacks++,
          () => {},
        ),
      );
    }
    server.kill("SIGTERM");
    const codes = await Promise.all(sockets.map(async (socket) => (await socket.closed).code));
    expect(new Set(codes)).toEqual(new Set([1012]));
    expect(await server.exited).toBe(0);
    expect(comebacks).toBe(0);
    await own.database.drop();
  });

  test("a user has at most fifty sockets, and a socket at most a hundred rooms", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open(5)));
    const extra = await TestSocket.open(near());
    expect((await extra.ask("authenticate", { token: person(5).token }, "error")).data.code).toBe(
      "rate_limited",
    );
    const [socket] = sockets as [TestSocket];
    const admin = await open(0);
    const made = await Promise.all(
      Array.from({ length: 101 }, () => call(0)("POST", "/api/resources", { name: "R" })),
    );
    for (const [n, { body }] of made.entries()) {
      const answer = await admin.ask(
        "join-resource-room",
        { resourceId: body.id },
        n < 100 ? "joined-room" : "error",
      );
      if (n === 100) expect(answer.data.code).toBe("rate_limited");
      if (n % 25 === 24) await Bun.sleep(1_000);
    }
    expect((await socket.ask("ping", {}, "pong")).event).toBe("pong");
    for (const each of [...sockets, extra, admin]) each.close();
  }, 30_000);
}

const origins = { CORS_ORIGINS: "https://app.example.com" };
describe("live updates from one process on SQLite", () => liveSuite("sqlite", 1, origins));
describe("live updates from a Durable Object", () => liveSuite("object", 1, origins));
describeOnPostgres("live updates from two processes without Redis", () => liveSuite("postgres", 2, origins));
describeOnRedis("live updates from two processes with Redis", () =>
  liveSuite("postgres", 2, { ...origins, REDIS_URL: redisUrl ?? "" }),
);

function raise(): never {
  throw new Error("missing");
}
