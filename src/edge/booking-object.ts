import { DurableObject } from "cloudflare:workers";
import type { Log } from "../ports/log.ts";
import { composeEdge, ensureAdmin, type Program } from "./compose.ts";
import { edgeLog } from "./log.ts";
import { problemOf } from "./problem.ts";
import type { EdgeEnv, EdgeSocket, ObjectState } from "./runtime.ts";
import { ConfigFault, type EdgeConfig, readEdgeConfig } from "./settings.ts";

const originKey = "origin";

/** One installation with one organization: its data, its users, its log, its sockets and its alarm. */
export class BookingObject extends DurableObject<EdgeEnv> {
  protected readonly config: EdgeConfig;
  readonly #log: Log;
  #program: Program | null = null;
  #fault: ConfigFault | null = null;

  constructor(ctx: ObjectState, env: EdgeEnv) {
    super(ctx, env);
    const { config, faults } = readEdgeConfig(env as never);
    this.config = config;
    this.#log = edgeLog(config.logLevel);
    if (faults.length > 0) this.#refuse(new ConfigFault(faults));
    else void ctx.blockConcurrencyWhile(() => this.#open());
  }

  /** What a test replaces: its clock, for one. */
  protected replaced(): Partial<Parameters<typeof composeEdge>[0]> {
    return {};
  }

  protected get program(): Program | null {
    return this.#program;
  }

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (this.ctx.storage.kv.get(originKey) === undefined) this.ctx.storage.kv.put(originKey, url.origin);
    const program = await this.#ready();
    if (!program) return notSetUp();
    const ip = request.headers.get("CF-Connecting-IP") ?? "unknown";
    if (/^\/ws\/?$/.test(url.pathname)) return this.#upgrade(program, request, ip);
    return program.app.fetch(request, { ip, https: url.protocol === "https:", hidden: true });
  }

  async alarm(): Promise<void> {
    await (await this.#ready())?.ring();
  }

  async webSocketMessage(ws: EdgeSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#program?.sockets.message(ws, message);
    this.#program?.planSweep();
  }

  async webSocketClose(ws: EdgeSocket): Promise<void> {
    this.#program?.sockets.closed(ws);
  }

  async webSocketError(ws: EdgeSocket): Promise<void> {
    this.#program?.sockets.closed(ws);
  }

  async #open(): Promise<void> {
    this.#program = await composeEdge({
      ctx: this.ctx,
      env: this.env,
      config: this.config,
      log: this.#log,
      origin: () => this.ctx.storage.kv.get<string>(originKey) ?? "",
      ...this.replaced(),
    });
  }

  /** The program with an admin; null while the settings don't allow one. */
  async #ready(): Promise<Program | null> {
    if (!this.#program) return null;
    try {
      this.#admin ??= ensureAdmin(this.#program.context, this.config);
      await this.#admin;
      return this.#program;
    } catch (error) {
      this.#admin = null;
      if (error instanceof ConfigFault) this.#refuse(error);
      else throw error;
      return null;
    }
  }

  #admin: Promise<void> | null = null;

  #refuse(fault: ConfigFault): void {
    if (!this.#fault) this.#log.error({ faults: fault.faults }, "this installation is not set up");
    this.#fault = fault;
  }

  #upgrade({ realtime, sockets, planSweep }: Program, request: Request, ip: string): Response {
    const server = sockets.serverFor();
    const refusal = realtime.upgrade(request, server, ip);
    if (refusal) return refusal;
    planSweep();
    return new Response(null, { status: 101, webSocket: server.client() } as ResponseInit);
  }
}

function notSetUp(): Response {
  const detail = "This installation is not set up yet. Its log says which settings are missing.";
  return problemOf("unavailable", detail, { "Retry-After": "60" });
}
