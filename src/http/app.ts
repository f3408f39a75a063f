import { OpenAPIHono } from "@hono/zod-openapi";
import { type Handler, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { Context } from "../operations/context.ts";
import type { Log } from "../ports/log.ts";
import type { Metric } from "../ports/metrics.ts";
import type { Tracer } from "../ports/tracer.ts";
import { type JudgeOrigin, judgeOrigins } from "../process/origins.ts";
import { version } from "../process/version.ts";
import { asyncApiDocument } from "../realtime/asyncapi.ts";
import { apiKeyRoutes } from "./api/api-keys/routes.ts";
import { auditRoutes } from "./api/audit/routes.ts";
import { authRoutes } from "./api/auth/routes.ts";
import { bookingRoutes } from "./api/bookings/routes.ts";
import { eventRoutes } from "./api/events/routes.ts";
import { type HealthOptions, healthRoutes } from "./api/health/routes.ts";
import { jobGauges } from "./api/jobs/gauges.ts";
import { jobMetricsRoutes } from "./api/jobs/routes.ts";
import { sharedMetrics } from "./api/jobs/shared-metrics.ts";
import { metricsRoutes } from "./api/metrics/routes.ts";
import { resourceRoutes } from "./api/resources/routes.ts";
import { userRoutes } from "./api/users/routes.ts";
import { answerHead } from "./kit/answer-head.ts";
import type { Env } from "./kit/env.ts";
import { buildDocument, requireDeclarations } from "./kit/openapi.ts";
import { problemResponse, refusalOfHono } from "./kit/problem.ts";
import { bodySize } from "./middleware/body-size.ts";
import { boundedWork } from "./middleware/bounded-work.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import { type CountRequest, everyRequest } from "./middleware/every-request.ts";
import { oneHost } from "./middleware/host.ts";
import { utf8Query } from "./middleware/query-encoding.ts";
import { traceRequests } from "./middleware/trace-requests.ts";
import { accountPages } from "./pages/account/routes.ts";
import { type Board, jobPageRoutes } from "./pages/jobs/routes.ts";
import { problemRoutes } from "./pages/problems/routes.ts";
import { swaggerRoutes } from "./pages/swagger/routes.ts";
import type { Runtime } from "./runtime.ts";

/** Some memory and half a second of work at most, on a small machine. */
const maxUnderWay = 1_000;

export type AppOptions = HealthOptions & {
  runtime: Runtime;
  log: Log;
  /** Gets a line for each request, in which nothing needs redaction; by default it is `log`. */
  requestLog?: Log;
  /** Undefined where nothing is traced: then requests don't pay for it. */
  tracer?: Tracer | undefined;
  /** The most requests in progress at once; anything above that gets 503. */
  maxUnderWay?: number;
  /** The measurements of this process, served with the job figures. */
  metrics?: Metric[];
  /** Measures requests; by default nobody does. */
  countRequest?: CountRequest;
  metricsToken?: string | undefined;
  /** Which pages may call the API; by default only those of the same origin. */
  judgeOrigin?: JudgeOrigin;
  /** Where to report a vulnerability, as a URI. */
  securityContact?: string | undefined;
  /** The job page belongs where a worker is. */
  jobPage?: { board: Board | undefined } | undefined;
};

/** The whole HTTP interface over a context; it needs no server, so tests call `app.request`. */
export function createApp(context: Context, options: AppOptions) {
  const app = createBase(context, options, "The API is documented at /api/.");
  const bookings = bookingRoutes(context);

  app.route("/api/auth", authRoutes(context));
  app.route("/api/users", userRoutes(context));
  app.route("/api/resources", resourceRoutes(context));
  app.route("/api/bookings", bookings);
  app.route("/api/events", eventRoutes(context));
  app.route("/api/api-keys", apiKeyRoutes(context));
  app.route("/api/audit", auditRoutes(context));
  // The collection's other name. It goes through a plain router, so that the document has each operation once.
  app.route("/api/booking", new Hono<Env>().route("/", bookings));

  requireDeclarations(app);
  app.get(
    "/api/openapi.json",
    sayJson(() => buildDocument(app)),
  );

  app.get("/", (c) => c.redirect("/api/"));
  app.route("/", swaggerRoutes(options.runtime));
  app.route("/", problemRoutes());
  app.route("/", accountPages());

  app.get(
    "/api/asyncapi.json",
    sayJson(() => asyncApiDocument(version)),
  );
  return app;
}

/** What a separate worker process serves: health, metrics and the job page. */
export function createWorkerApp(context: Context, options: AppOptions) {
  const app = createBase(context, options, "This process answers /jobs/, /health and /metrics.");
  app.get("/", (c) => c.redirect("/jobs/"));
  return app;
}

/** What every process serves, around its own routes. */
function createBase(context: Context, options: AppOptions, whereElse: string) {
  const { log, requestLog = log, tracer, jobs, jobPage, runtime } = options;
  const { metrics = [], metricsToken, countRequest = () => {} } = options;
  const { judgeOrigin = judgeOrigins({ listed: [], production: true, log }) } = options;
  const app = answerHead(new OpenAPIHono<Env>());
  const numbers = sharedMetrics(context, jobs);
  if (tracer) app.use(traceRequests(tracer));
  app.use(everyRequest({ requestLog, refusalLog: context.refusalLog, countRequest }));
  app.use(oneHost);
  app.use(utf8Query);
  // Around the bound as well, so that pages can read when to try again.
  app.use("/api/*", crossOrigin(judgeOrigin));
  app.use("/api/*", boundedWork(options.maxUnderWay ?? maxUnderWay));
  app.use(runtime.compression);
  app.use(
    methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => problemResponse(c, wrongMethod(methods)) }),
  );
  app.use(bodySize);

  app.route("/", healthRoutes(context, options));
  app.route("/", jobMetricsRoutes(context, numbers));
  app.route(
    "/",
    metricsRoutes(() => [...metrics, ...jobGauges(numbers)], { token: metricsToken, runtime }),
  );
  if (jobPage) app.route("/", jobPageRoutes(context, { numbers, ...jobPage, retryJobs: runtime.retryJobs }));
  else app.on("GET", ["/jobs", "/jobs/"], () => sayWhereJobsAre());

  app.get("/.well-known/security.txt", (c) =>
    c.body(securityText(options.securityContact), 200, { "Content-Type": "text/plain; charset=utf-8" }),
  );

  const nowhere = new Refusal("not_found", `There is no such path. ${whereElse}`, {});
  app.notFound((c) => problemResponse(c, nowhere));
  app.onError((error, c) => {
    if (error instanceof Refusal) return problemResponse(c, error);
    const refusal = error instanceof HTTPException ? refusalOfHono(error) : null;
    if (!refusal) log.error({ err: error, requestId: c.get("requestId") }, "unexpected error");
    return problemResponse(c, refusal);
  });
  return app;
}

/** Serves a document that is built once, on the first request: that takes longer than all the rest of a start. */
function sayJson(build: () => object): Handler<Env> {
  let text: string | undefined;
  return (c) => {
    text ??= JSON.stringify(build());
    return c.body(text, 200, { "Content-Type": "application/json" });
  };
}

function sayWhereJobsAre(): never {
  throw new Refusal(
    "not_found",
    "The job page is on the port of `booking worker` (JOB_PORT, 5001 by default).",
    {},
  );
}

/** RFC 9116; renewed with every start. */
function securityText(contact: string | undefined): string {
  if (!contact) throw notFound();
  const expires = new Date(Date.now() + 365 * 24 * 60 * 60 * 1000).toISOString();
  return `Contact: ${contact}\nExpires: ${expires}\nPreferred-Languages: en\n`;
}

function wrongMethod(methods: string[]): Refusal<"method_not_allowed"> {
  const allow = methods.join(", ");
  return new Refusal("method_not_allowed", `This path supports ${allow}.`, { allow });
}
