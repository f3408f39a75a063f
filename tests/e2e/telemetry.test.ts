import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signUp } from "../support/client.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { run, type Server, startServer, startWorkerProcess, stopServer } from "../support/server.ts";

const folder = join(import.meta.dir, "../../deploy/prometheus");
const promtool = Bun.which("promtool");

/** The names that a process serves; of a histogram or a counter, those of its parts too. */
async function namesAt(url: string): Promise<Set<string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const declared = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    declared.flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

function namesIn(rules: string): string[] {
  return [...new Set(rules.match(/\b(?:booking|process)_[a-z_]+/g))];
}

/** The queries of the dashboard's panels. */
function queriesOf(dashboard: string): string[] {
  type Panel = { targets?: { expr: string }[] };
  const { panels } = JSON.parse(dashboard) as { panels: Panel[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

test("the alerts and the dashboard read metrics that are served", async () => {
  const database = await createDatabase("sqlite");
  const server = await startServer({ env: { DATABASE_URL: database.url } });
  const served = await namesAt(server.url);
  const alerts = readFileSync(join(folder, "alerts.yaml"), "utf8");
  const used = [...alerts.matchAll(/expr: (?:\|\n)?((?: {10}.*\n)+|.*\n)/g)]
    .map(([, expr]) => expr)
    .join("\n");
  expect(namesIn(used).length).toBeGreaterThan(8);
  expect(namesIn(used).filter((name) => !served.has(name))).toEqual([]);
  const dashboard = queriesOf(readFileSync(join(folder, "../grafana/booking.json"), "utf8"));
  expect(dashboard.length).toBeGreaterThan(20);
  expect(namesIn(dashboard.join("\n")).filter((name) => !served.has(name))).toEqual([]);
  await stopServer(server);
  await database.drop();
});

describe.skipIf(!promtool)("with promtool", () => {
  test("the metrics have names, types and labels as Prometheus wants them", async () => {
    const database = await createDatabase("sqlite");
    const server = await startServer({ env: { DATABASE_URL: database.url } });
    await signUp(server.url);
    const file = join(mkdtempSync(join(tmpdir(), "booking-metrics-")), "metrics");
    writeFileSync(file, await (await fetch(`${server.url}/metrics`)).text());
    const checked = await run(["-c", `promtool check metrics < ${file}`], { command: ["sh"] });
    expect(checked).toEqual({ code: 0, output: "" });
    await stopServer(server);
    await database.drop();
  });

  test("the alerts are rules, and each of them fires when it should and not before", async () => {
    const command = [promtool ?? ""];
    for (const args of [
      ["check", "rules", "alerts.yaml"],
      ["check", "config", "prometheus.yaml"],
      ["test", "rules", "alerts.test.yaml"],
    ]) {
      const { code, output } = await run(args, { command, cwd: folder });
      expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
    }
    const defined = readFileSync(join(folder, "alerts.yaml"), "utf8").match(/(?<=- alert: )\w+/g) ?? [];
    const tests = readFileSync(join(folder, "alerts.test.yaml"), "utf8");
    for (const name of defined) expect(tests.split(name)).toHaveLength(3);
  });
});

type ReceivedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string } }[];
};

/** Takes traces as an OpenTelemetry collector does. */
function startCollector() {
  const spans: ReceivedSpan[] = [];
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== "/v1/traces") return new Response(null, { status: 404 });
      const body = (await request.json()) as {
        resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
      };
      for (const { scopeSpans } of body.resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      return Response.json({});
    },
  });
  return { spans, url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await Bun.sleep(50);
}

/** Books something whose reminder is due in a moment, within a trace of the caller's own. */
async function bookSoon(server: Server, traceId: string): Promise<void> {
  const { token } = await signUp(server.url);
  const startTime = new Date(Date.now() + 61_500).toISOString();
  const answer = await fetch(`${server.url}/api/bookings`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify({
      title: "Secret plans",
      startTime,
      endTime: new Date(Date.now() + 3_600_000).toISOString(),
      reminders: [{ minutesBefore: 1, channel: "websocket" }],
    }),
  });
  expect(answer.status).toBe(201);
}

async function traceOfReminder(start: (env: Record<string, string>) => Promise<Server[]>): Promise<void> {
  const collector = startCollector();
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const servers = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: "info" });
  await bookSoon(servers[0] as Server, traceId);
  const spansOf = () => collector.spans.filter((span) => span.traceId === traceId);
  const sent = () => spansOf().some(({ name }) => name === "send websocket");
  await until(() => sent() && spansOf().filter(({ name }) => name === "store commit").length === 2);
  const spans = spansOf();
  const named = (name: string) => spans.find((span) => span.name === name);
  const request = named("POST /api/bookings");
  const delivery = named("do websocket-reminder");
  expect(request?.parentSpanId).toBe("00f067aa0ba902b7");
  expect(named("queue websocket-reminder")?.parentSpanId).toBe(request?.spanId as string);
  expect(delivery?.parentSpanId).toBe(request?.spanId as string);
  expect(named("send websocket")?.parentSpanId).toBe(delivery?.spanId as string);
  const commits = spans.filter(({ name }) => name === "store commit").map(({ parentSpanId }) => parentSpanId);
  expect(commits.sort()).toEqual([request?.spanId, delivery?.spanId].sort());
  expect(JSON.stringify(collector.spans)).not.toContain("Secret plans");

  const lines =
    servers[0]
      ?.output()
      .split("\n")
      .filter((line) => line.includes(traceId)) ?? [];
  const line = lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === "request");
  expect(line).toMatchObject({ traceId, method: "POST", route: "/api/bookings", status: 201 });
  expect(Object.keys(line)).toEqual(expect.arrayContaining(["requestId", "userId", "durationMs"]));
  await Promise.all(servers.map(stopServer));
  collector.stop();
}

onEachEngine("a trace without Redis", (engine) => {
  test("goes from the caller through request, store and queue to the reminder that was sent", async () => {
    const database = await createDatabase(engine);
    await traceOfReminder(async (env) => [
      await startServer({ env: { DATABASE_URL: database.url, ...env } }),
    ]);
    await database.drop();
  });
});

describeOnRedis("a trace", () => {
  test("goes on in the worker's process, in which what was done is counted", async () => {
    const database = await createDatabase("postgres");
    await traceOfReminder(async (more) => {
      const env = { DATABASE_URL: database.url, REDIS_URL: redisUrl ?? "", ...more };
      return Promise.all([startServer({ env }), startWorkerProcess({ env })]);
    });
    await database.drop();
  });

  test("needs no collector: without one nothing fails", async () => {
    const database = await createDatabase("postgres");
    const env = { DATABASE_URL: database.url, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    const server = await startServer({ env });
    await bookSoon(server, crypto.randomUUID().replaceAll("-", ""));
    const names = await namesAt(server.url);
    for (const name of ["booking_store_query_seconds_count", "booking_sockets", "booking_tail_lag_seconds"])
      expect(names).toContain(name);
    await stopServer(server);
    await database.drop();
  });
});
