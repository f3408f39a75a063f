import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { edgeBindings } from "../support/edge/new-object.ts";
import { type EdgeRuntime, startEdge } from "../support/edge/runtime.ts";
import { measured, sized } from "../support/measured.ts";
import { residentMebibytes } from "../support/resident-memory.ts";

const hostnames = sized("HOSTNAMES", 60);
const platformKey = "p".repeat(40);
const admin = { email: "admin@example.com", password: "password123" };
const minutes = 60_000;

describe("the worker in front of the objects", () => {
  let runtime: EdgeRuntime;
  beforeAll(async () => {
    runtime = await startEdge("src/edge/worker.ts", {
      bindings: {
        ...edgeBindings,
        BOOKING_HOSTS: "localhost,booking.example.com,*.tenants.example.com",
        PLATFORM_KEY: platformKey,
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
        RATE_LIMIT_SCALE: "1",
      },
    });
  });
  afterAll(() => runtime.stop());

  const send = (host: string, method: string, path: string, body?: unknown, token?: string) =>
    fetch(runtime.url + path, {
      method,
      keepalive: false,
      redirect: "manual",
      headers: {
        Host: host,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const signIn = async (host: string, email = admin.email) =>
    (await (await send(host, "POST", "/api/auth/login", { ...admin, email })).json()) as {
      accessToken: string;
    };
  const register = (name: string, key = platformKey) =>
    send("booking.example.com", "PUT", `/platform/hosts/${name}`, undefined, key);

  test("a stranger's host name is 404, whatever it asks for", async () => {
    for (const host of ["evil.example", "tenants.example.com", "x.booking.example.com", "127.0.0.1"]) {
      const answer = await send(host, "GET", "/api/auth/me");
      expect([host, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        host,
        404,
        "not_found",
      ]);
    }
  });

  test("a name under a suffix is served once it is registered, with the platform key alone", async () => {
    expect((await send("one.tenants.example.com", "GET", "/health")).status).toBe(404);
    expect((await register("one.tenants.example.com", "x".repeat(40))).status).toBe(401);
    expect((await register("elsewhere.example")).status).toBe(400);
    expect((await register("Two.Tenants.Example.Com")).status).toBe(201);
    expect((await register("two.tenants.example.com")).status).toBe(200);
    const listed = await send("booking.example.com", "GET", "/platform/hosts", undefined, platformKey);
    expect(await listed.json()).toEqual({ data: ["two.tenants.example.com"] });
    expect((await send("two.tenants.example.com", "GET", "/health")).status).toBe(200);
  });

  test("two hosts share nothing: not a booking, not a person, not a token", async () => {
    const [here, there] = ["localhost", "booking.example.com"];
    const { accessToken } = await signIn(here);
    const slot = { startTime: "2030-01-01T10:00:00Z", endTime: "2030-01-01T11:00:00Z" };
    const made = await send(here, "POST", "/api/bookings", { title: "Canary", ...slot }, accessToken);
    expect(made.status).toBe(201);
    expect((await send(there, "GET", "/api/bookings", undefined, accessToken)).status).toBe(401);
    const other = await signIn(there);
    const list = await send(there, "GET", "/api/bookings", undefined, other.accessToken);
    expect(await list.text()).not.toContain("Canary");
  });

  test("guesses are limited, for an address and an account", async () => {
    const codes: number[] = [];
    for (let n = 0; n < 12; n++) {
      const wrong = { email: "guessed@example.com", password: "not-the-password" };
      codes.push((await send("localhost", "POST", "/api/auth/login", wrong)).status);
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(codes.slice(10)).toEqual([429, 429]);
  }, 30_000);

  test("failed jobs are tried again for the platform key alone", async () => {
    const retry = (method: string, key?: string) =>
      send("localhost", method, "/platform/jobs/retry", undefined, key);
    expect((await retry("POST")).status).toBe(401);
    expect((await retry("GET", platformKey)).status).toBe(405);
    expect(await (await retry("POST", platformKey)).json()).toEqual({ retried: 0 });
  });

  test("answers that hold a secret must not be compressed on their way", async () => {
    const answer = await send("localhost", "POST", "/api/auth/login", admin);
    expect(answer.headers.get("cache-control")).toBe("no-store, no-transform");
  });

  test(
    `${hostnames} host names have ${hostnames} installations in bounded memory, and none sees another's`,
    async () => {
      const hosts = Array.from({ length: hostnames }, (_, n) => `t${n}.tenants.example.com`);
      let before = 0;
      const work = hosts.entries();
      const client = async () => {
        for (const [n, host] of work) {
          // The first ones fill what all of them share.
          if (n === hostnames / 2) before = residentMebibytes(runtime.pid);
          expect((await register(host)).status).toBe(201);
          const person = { email: `me@${host}`, password: "password123", name: host };
          const made = await send(host, "POST", "/api/auth/register", person);
          const { accessToken } = (await made.json()) as { accessToken: string };
          const slot = { startTime: "2030-01-01T10:00:00Z", endTime: "2030-01-01T11:00:00Z" };
          const booked = await send(host, "POST", "/api/bookings", { title: host, ...slot }, accessToken);
          expect(booked.status).toBe(201);
          const seen = await send(host, "GET", "/api/bookings", undefined, accessToken);
          const { data } = (await seen.json()) as { data: { title: string }[] };
          expect(data.map(({ title }) => title)).toEqual([host]);
        }
      };
      await Promise.all(Array.from({ length: 8 }, client));
      // Idle objects leave the memory.
      await Bun.sleep(20_000);
      const each = (residentMebibytes(runtime.pid) - before) / (hostnames / 2);
      measured("edge", `${hostnames} idle objects, ${each.toFixed(2)} MiB each`);
      // Of a few, most is what all of them share; a thousand showed 0.04 MiB each.
      expect(each * hostnames).toBeLessThan(200 + hostnames / 10);
    },
    15 * minutes,
  );
});

test("an installation without its settings is 503, and does not say to strangers what is missing", async () => {
  const { JWT_SECRET_KEY: _, ...others } = edgeBindings;
  const runtime = await startEdge("src/edge/worker.ts", {
    bindings: { ...others, BOOKING_HOSTS: "127.0.0.1" },
  });
  const answer = await fetch(`${runtime.url}/health`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "60"]);
  expect(await answer.text()).not.toContain("JWT");
  await runtime.stop();
});
