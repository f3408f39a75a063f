import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { sign, verify } from "hono/jwt";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { Counter, Histogram, Registry } from "prom-client";
import { createBooking, getBooking } from "../src/http/api/bookings/contract.ts";
import type { Env } from "../src/http/kit/env.ts";
import { validation } from "../src/http/kit/validation.ts";
import { bodySize } from "../src/http/middleware/body-size.ts";
import { requestIdOf } from "../src/http/middleware/request-id.ts";
import { addSecurityHeaders } from "../src/http/middleware/security-headers.ts";
import { jwtTokens } from "../src/security/jwt.ts";
import { counter, histogram } from "../src/telemetry/instruments.ts";
import { ofCall, ofLogLine, ofRequest, type Way } from "./cost.ts";

type Cost = () => Promise<number>;

/** Two ways to do the same, each with what it adds to a request, in microseconds. */
export type Comparison = { name: string; ours: Cost; library: Cost };

/** Two ways in this process. What both have in common, by default nothing, is measured next to each. */
function inProcess(name: string, ways: { ours: Way; library: Way; without?: Way }): Comparison {
  const { without } = ways;
  const added = (way: Way) => async () => {
    const common = without ? await ofCall(without) : 0;
    return (await ofCall(way)) - common;
  };
  return { name, ours: added(ways.ours), library: added(ways.library) };
}

const url = "http://localhost/api/auth/me";
const id = "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e";
const known = new Request(url, { headers: { "X-Request-Id": "0199c6a0-5b7e-7c31" } });
const anonymous = new Request(url);
const booking = {
  title: "Design review",
  startTime: "2027-03-01T10:00:00Z",
  endTime: "2027-03-01T12:00:00+01:00",
  location: "Room 1",
  attendees: [{ email: "grace@example.com", name: "Grace Hopper" }],
  metadata: { project: "apollo" },
};
const text = JSON.stringify(booking);

/** A request that creates a booking; its body can be read once. */
function posted(): Request {
  const headers = { "Content-Type": "application/json", "Content-Length": String(text.length) };
  return new Request("http://localhost/", { method: "POST", headers, body: text });
}

type Layer = MiddlewareHandler<Env>;

/** A small app with one layer around every request, as the service has, and more layers within. */
function appWith(around: Layer, ...within: Layer[]) {
  const app = new Hono<Env>();
  app.use(around, ...within);
  app.get("/api/auth/me", (c) => c.json({ id, email: "ada@example.com", name: "Ada", role: "user" }));
  app.post("/api/auth/me", async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));
  return app;
}

/** What the service's layer does in any case: it sets a header of the answer. */
const plainLayer: Layer = async (c, next) => {
  await next();
  c.res.headers.set("X-Content-Type-Options", "nosniff");
};

function securityHeaders(): Comparison {
  const ours = appWith(async (c, next) => {
    await next();
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    addSecurityHeaders(c.res.headers, c.env ?? {});
  });
  const library = appWith(
    plainLayer,
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
      strictTransportSecurity: false,
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xFrameOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
      removePoweredBy: false,
      overwrite: false,
    }),
  );
  const without = appWith(plainLayer);
  return inProcess("security headers", {
    ours: () => ours.fetch(anonymous),
    library: () => library.fetch(anonymous),
    without: () => without.fetch(anonymous),
  });
}

function requestIds(): Comparison {
  const ours = appWith(async (c, next) => {
    const made = requestIdOf(c.req.header("X-Request-Id"));
    c.set("requestId", made);
    await next();
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    c.res.headers.set("X-Request-Id", made);
  });
  const library = appWith(plainLayer, requestId({ limitLength: 128 }));
  const without = appWith(plainLayer);
  const request = (n: number) => (n % 2 === 0 ? known : anonymous);
  return inProcess("request id", {
    ours: (n) => ours.fetch(request(n)),
    library: (n) => library.fetch(request(n)),
    without: (n) => without.fetch(request(n)),
  });
}

async function jwtCache(): Promise<Comparison> {
  const secret = "a".repeat(64);
  const options = { alg: "HS256", iss: "booking", aud: "booking:access" } as const;
  const tokens = jwtTokens({
    accessSecrets: [secret],
    refreshSecrets: [secret],
    accessMinutes: 15,
    refreshDays: 30,
  });
  const [iat, now] = [Math.floor(Date.now() / 1000), new Date()];
  const claims = { iss: options.iss, aud: options.aud, sub: id, sid: id, iat, exp: iat + 86_400 };
  const token = await sign(claims, secret, options.alg);
  return inProcess("JWT cache", {
    ours: () => tokens.verifyAccess(token, now),
    library: () => verify(token, secret, options),
  });
}

/** Over sockets, because it depends on how the server hands over a body. */
function bodySizes(): Comparison {
  const request = { method: "POST", path: "/api/auth/me", body: booking };
  const serve = (...within: Layer[]) =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: appWith(plainLayer, ...within).fetch }).url.origin;
  const without = serve();
  const added = (url: string) => async () => {
    const common = await ofRequest(without, request);
    return (await ofRequest(url, request)) - common;
  };
  return {
    name: "body-size shortcut",
    ours: added(serve(bodySize)),
    library: added(serve(bodyLimit({ maxSize: 256 * 1024 }))),
  };
}

function validations(
  name: string,
  route: typeof getBooking | typeof createBooking,
  request: () => Request,
): Comparison {
  const handler = (c: { json(value: object): Response }) => c.json({});
  const app = () => new OpenAPIHono<Env>();
  const path = route.path.replace("{id}", ":id");
  const ours = app().on([route.method], [path], validation(route), handler as never);
  const library = app().openapi(createRoute(route), handler as never);
  const none: MiddlewareHandler = (_, next) => next();
  const without = app().on([route.method], [path], none, handler as never);
  return inProcess(name, {
    ours: () => ours.fetch(request()),
    library: () => library.fetch(request()),
    without: () => without.fetch(request()),
  });
}

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const routes = Array.from({ length: 32 }, (_, n) => `/api/collection-${n}/:id`);

function histograms(): Comparison {
  const named = { name: "seconds", help: "Requests", labelNames: ["method", "route", "status"], buckets };
  const ours = histogram(named);
  const library = new Histogram({ ...named, registers: [new Registry()] });
  const route = (n: number) => routes[n % routes.length] ?? "";
  return inProcess("instruments: a histogram", {
    ours: (n) => ours.observe((n % 100) / 1000, "GET", route(n), "200"),
    library: (n) => library.observe({ method: "GET", route: route(n), status: "200" }, (n % 100) / 1000),
  });
}

function counters(): Comparison {
  const named = { name: "refusals", help: "Refusals", labelNames: ["code"] };
  const ours = counter(named);
  const library = new Counter({ ...named, registers: [new Registry()] });
  const code = (n: number) => (n % 2 === 0 ? "not_found" : "slot_taken");
  return inProcess("instruments: a counter", {
    ours: (n) => ours.increment(code(n)),
    library: (n) => library.inc({ code: code(n) }),
  });
}

/** What both have in common is to format the lines. */
function logWriters(way: "at once" | "batched"): Comparison {
  const added = (writer: "ours" | `pino, ${typeof way}`) => async () => {
    const common = await ofLogLine("nothing");
    return (await ofLogLine(writer)) - common;
  };
  return { name: `log writer: ${way}`, ours: added("ours"), library: added(`pino, ${way}`) };
}

/** All of them. */
export async function comparisons(): Promise<Comparison[]> {
  const read = new Request(`http://localhost/${id}`);
  return [
    securityHeaders(),
    requestIds(),
    await jwtCache(),
    bodySizes(),
    histograms(),
    counters(),
    validations("one validation: GET", getBooking, () => read),
    validations("one validation: POST", createBooking, posted),
    logWriters("at once"),
    logWriters("batched"),
  ];
}
