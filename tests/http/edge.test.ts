import { describe, expect, test } from "bun:test";
import { pino } from "pino";
import { createApp } from "../../src/http/app.ts";
import { bunRuntime } from "../../src/process/bun-runtime.ts";
import { judgeOrigins } from "../../src/process/origins.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { embeddedBroker } from "../../worker/queues/embedded.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, type Harness, useHarness } from "../support/harness.ts";

const slot = { startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
const log = pino({ level: "silent" });

function appWith({ context, clock }: Harness, options: object) {
  const jobs = embeddedBroker({ kinds: Object.keys(catalogue), tasks: context.store.tasks, clock, log });
  return createApp(context, { log, jobs, channelsOn: [], runtime: bunRuntime, ...options });
}

describe("every answer", () => {
  const harness = useHarness("sqlite");

  test("says that it is no page, no frame, and of what type it is", async () => {
    for (const path of [
      "/health",
      "/api/bookings",
      "/nowhere",
      "/api/openapi.json",
      "/api/",
      "/problems/slot_taken",
    ]) {
      const { headers } = await harness().app.request(path);
      expect([path, headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual([
        path,
        "nosniff",
        "no-referrer",
      ]);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("strict-transport-security")).toBeNull();
    }
    const encrypted = await harness().app.request("/health", {}, { ip: "203.0.113.9", https: true });
    expect(encrypted.headers.get("strict-transport-security")).toBe("max-age=31536000");
  });
});

describe("compression", () => {
  const harness = useHarness("sqlite");

  test("is for long answers without secrets", async () => {
    const { token } = await addPerson(harness(), "admin");
    const call = as(harness(), { token } as never);
    for (let n = 0; n < 10; n++) {
      const hour = String(n + 10);
      const times = { startTime: `2027-06-01T${hour}:00:00Z`, endTime: `2027-06-01T${hour}:30:00Z` };
      await call("POST", "/api/bookings", { title: "B", description: "x".repeat(500), ...times });
    }
    const encoding = async (path: string, init: RequestInit = {}) => {
      const headers = { Authorization: `Bearer ${token}`, "Accept-Encoding": "gzip" };
      const answer = await harness().app.request(path, { ...init, headers: { ...headers, ...init.headers } });
      return [answer.headers.get("content-encoding"), await answer.arrayBuffer()] as const;
    };
    const [name, body] = await encoding("/api/bookings");
    expect(name).toBe("gzip");
    expect(JSON.parse(Buffer.from(Bun.gunzipSync(new Uint8Array(body))).toString()).data).toHaveLength(10);
    expect((await encoding("/api/openapi.json"))[0]).toBe("gzip");
    expect((await encoding("/api/auth/sessions"))[0]).toBeNull();
    const account = { email: "x@example.com", password: "password123", name: "N".repeat(250) };
    const json = { "Content-Type": "application/json" };
    const init = { method: "POST", body: JSON.stringify(account), headers: json };
    expect((await encoding("/api/auth/register", init))[0]).toBeNull();
  });
});

describe("pages elsewhere", () => {
  const harness = useHarness("sqlite");
  const appFor = (production: boolean, listed = ["https://app.example.com"]) => {
    const warned: object[] = [];
    const warn = (fields: object, message: string) => void warned.push({ ...fields, message });
    const judgeOrigin = judgeOrigins({ listed, production, log: { warn } });
    return { app: appWith(harness(), { judgeOrigin }), warned };
  };
  const preflight = (app: Harness["app"], origin: string) =>
    app.request("/api/bookings", {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
      },
    });
  const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

  test("may call the API from the configured origins, and from no other", async () => {
    const { app } = appFor(true);
    const ours = await preflight(app, "https://app.example.com");
    expect(ours.status).toBe(204);
    expect(allowed(ours)).toBe("https://app.example.com");
    expect(ours.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
    expect(ours.headers.get("access-control-allow-credentials")).toBeNull();
    const local = ["http://localhost:5173", "http://127.0.0.1"];
    for (const origin of ["https://evil.example", "https://app.example.com.evil.example", "null", ...local]) {
      expect([origin, allowed(await preflight(app, origin))]).toEqual([origin, null]);
    }
    const headers = { Origin: "https://app.example.com" };
    const answer = await app.request("/api/bookings", { headers });
    expect(answer.headers.get("access-control-expose-headers")).toContain("ETag");
    expect(allowed(await harness().app.request("/api/bookings", { headers }))).toBeNull();
  });

  test("on localhost may call the API outside production", async () => {
    const { app, warned } = appFor(false, []);
    for (const origin of ["http://localhost:5173", "https://app.localhost", "http://[::1]:3000"]) {
      const answer = await preflight(app, origin);
      expect([answer.status, allowed(answer)]).toEqual([204, origin]);
      expect(allowed(await app.request("/api/bookings", { headers: { Origin: origin } }))).toBe(origin);
    }
    expect(allowed(await preflight(app, "http://localhost.evil.example"))).toBeNull();
    expect(warned).toHaveLength(1);
  });

  test("that are refused are logged with the setting, and those of the same origin are not", async () => {
    const { app, warned } = appFor(true);
    const same = { Origin: "https://booking.example.com", Host: "booking.example.com" };
    expect((await app.request("/api/bookings", { headers: same })).status).toBe(401);
    expect(warned).toEqual([]);
    await app.request("/api/bookings", { headers: { ...same, Origin: "https://evil.example" } });
    await preflight(app, "https://evil.example");
    const message = "a page of this origin may not call the API";
    expect(warned).toEqual([{ origin: "https://evil.example", setting: "CORS_ORIGINS", message }]);
  });

  test("get an answer that caches keep apart, whoever asked for it", async () => {
    const { app } = appFor(true);
    const origins = [undefined, "https://app.example.com", "https://evil.example", "http://localhost"];
    for (const origin of origins) {
      const headers = { Host: "localhost", ...(origin ? { Origin: origin } : {}) };
      for (const path of ["/api/bookings", "/api/openapi.json", "/api/nowhere"]) {
        const vary = (await app.request(path, { headers })).headers.get("vary") ?? "";
        const named = vary.split(/, */).filter((name) => name.toLowerCase() === "origin");
        expect([path, origin, named.length]).toEqual([path, origin, 1]);
      }
    }
  });

  test("can read that the service is busy", async () => {
    const judgeOrigin = judgeOrigins({ listed: [], production: false, log: { warn: () => {} } });
    const app = appWith(harness(), { judgeOrigin, maxUnderWay: 0 });
    const answer = await app.request("/api/bookings", { headers: { Origin: "http://localhost:5173" } });
    expect([answer.status, allowed(answer)]).toEqual([503, "http://localhost:5173"]);
  });
});

describe("security.txt", () => {
  const harness = useHarness("sqlite");

  test("names whom to tell, where somebody is named", async () => {
    const path = "/.well-known/security.txt";
    expect((await harness().app.request(path)).status).toBe(404);
    const answer = await appWith(harness(), { securityContact: "mailto:security@example.com" }).request(path);
    expect(answer.headers.get("content-type")).toStartWith("text/plain");
    expect(await answer.text()).toMatch(/^Contact: mailto:security@example\.com\nExpires: \d{4}-.*Z\n/);
  });
});

onEveryEngine("bodies", (engine) => {
  const harness = useHarness(engine);

  test("nested too deep are refused before they are parsed", async () => {
    const call = as(harness(), await addPerson(harness()));
    for (const depth of [33, 100_000]) {
      const answer = await call(
        "POST",
        "/api/bookings",
        `{"metadata":${"[".repeat(depth)}${"]".repeat(depth)}}`,
        {
          "Content-Type": "application/json",
        },
      );
      expect([answer.status, answer.body.code]).toEqual([400, "malformed_json"]);
    }
    const brackets = { title: "[".repeat(200), description: '\\"{'.repeat(100), ...slot };
    expect((await call("POST", "/api/bookings", brackets)).status).toBe(201);
  });

  test("hold text in one form, without control characters, and names in one line", async () => {
    const call = as(harness(), await addPerson(harness()));
    const made = await call("POST", "/api/bookings", {
      title: "Cafe\u0301",
      description: "one\ntwo",
      ...slot,
    });
    expect([made.body.title, made.body.description]).toEqual(["Café", "one\ntwo"]);
    for (const field of ["title", "location"]) {
      const body = { title: "B", ...slot, [field]: "one\r\ntwo" };
      expect((await call("POST", "/api/bookings", body)).body.errors[0].pointer).toBe(`/${field}`);
    }
  });
});

describe("limits", () => {
  const harness = useHarness("sqlite", { rateLimitScale: 1 });

  test("bound what one caller asks for, by what it does, and no one else", async () => {
    const [busy, calm] = [await addPerson(harness()), await addPerson(harness())];
    const write = async (person: typeof busy) => as(harness(), person)("POST", "/api/bookings", {});
    const statuses: number[] = [];
    for (let n = 0; n < 301; n++) statuses.push((await write(busy)).status);
    expect([statuses[299], statuses[300]]).toEqual([400, 429]);
    const refused = await write(busy);
    expect([refused.body.code, refused.headers.get("ratelimit-policy")]).toEqual([
      "rate_limited",
      '"write";q=300;w=60',
    ]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await write(calm)).status).toBe(400);
    // One budget for all that is of the kind, whichever collection it is in.
    expect((await as(harness(), busy)("PATCH", "/api/auth/me", {})).status).toBe(429);
    expect((await as(harness(), busy)("GET", "/api/bookings")).status).toBe(200);
  });

  test("on guesses from elsewhere don't lock an owner out where they have signed in before", async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const login = async (ip: string, password: string) =>
      (
        await harness().app.request(
          "/api/auth/login",
          {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ email, password }),
          },
          { ip },
        )
      ).status;
    await as(harness())("POST", "/api/auth/register", { email, password: "password123", name: "Ada" });
    expect(await login("198.51.100.1", "password123")).toBe(200);
    const guesses: number[] = [];
    for (let n = 0; n < 101; n++) guesses.push(await login(`203.0.113.${n}`, "wrong-password"));
    expect([guesses[0], guesses.at(-1)]).toEqual([401, 429]);
    expect(await login("198.51.100.1", "password123")).toBe(200);
    expect(await login("198.51.100.2", "password123")).toBe(429);
  }, 60_000);

  test("count an IPv6 network as one caller, and the audit keeps the whole address", async () => {
    const forgot = async (ip: string) => {
      const init = {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com` }),
      };
      return (await harness().app.request("/api/auth/forgot-password", init, { ip })).status;
    };
    const neighbours: number[] = [];
    for (let n = 0; n < 31; n++) neighbours.push(await forgot(`2001:db8:0:7::${n.toString(16)}`));
    expect([neighbours[0], neighbours.at(-2), neighbours.at(-1)]).toEqual([202, 202, 429]);
    expect(await forgot("2001:DB8::7:ffff:0:0:1%eth0")).toBe(429);
    expect(await forgot("2001:db8:0:8::1")).toBe(202);
    const [{ context }, admin] = [harness(), await addPerson(harness(), "admin")];
    await (context.refusalLog as unknown as { flush(): Promise<void> }).flush();
    const { body } = await as(harness(), admin)("GET", "/api/audit");
    expect(JSON.stringify(body.data)).toContain("2001:db8:0:7::1e");
  });
});
