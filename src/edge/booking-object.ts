import { DurableObject } from "cloudflare:workers";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { composeEdge, ensureAdmin, type Program } from "./compose.ts";
import { edgeLog } from "./log.ts";
import { openMoving } from "./moving/moving.ts";
import { problemOf } from "./problem.ts";
import { readRest } from "./read-rest.ts";
import { asksForRetry, retryJobs } from "./retry-jobs.ts";
import type { EdgeEnv, EdgeSocket, ObjectState } from "./runtime.ts";
import { ConfigFault, type EdgeConfig, readEdgeConfig } from "./settings.ts";

const originKey = "origin";
const retryOpenMs = 60_000;

/** One installation with one organization: its data, its users, its log, its sockets and its alarm. */
export class BookingObject extends DurableObject<EdgeEnv> {
  protected readonly config: EdgeConfig;
  readonly #faults: string[];
  protected readonly clock: Clock = systemClock;
  readonly #log: Log;
  readonly #moving: ReturnType<typeof openMoving>;
  #opening: Promise<Program | null> | null = null;
  /** Where people reach the installation; null until that is known. */
  #origin: string | null = null;

  constructor(ctx: ObjectState, env: EdgeEnv) {
    super(ctx, env);
    const { config, faults } = readEdgeConfig(env as never);
    this.config = config;
    this.#faults = faults;
    this.#log = edgeLog(config.logLevel);
    this.#moving = openMoving({
      ctx,
      platformKey: config.platformKey,
      nowMs: () => this.clock.now().getTime(),
      open: () => this.program(),
      close: () => this.#close(),
    });
  }

  async fetch(request: Request): Promise<Response> {
    const answer = await this.#answer(request);
    await readRest(request);
    return answer;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.#keepOrigin(url);
    const moving = await this.#moving.answer(request);
    if (moving) return moving;
    const program = await this.program();
    if (!program) return notSetUp();
    if (asksForRetry(url.pathname)) return retryJobs(request, this.config.platformKey, program);
    const ip = request.headers.get("CF-Connecting-IP") ?? "unknown";
    if (/^\/ws\/?$/.test(url.pathname)) {
      await program.skipUnread();
      return upgrade(program, request, ip);
    }
    return program.app.fetch(request, { ip, https: url.protocol === "https:", hidden: true });
  }

  /** Anybody can be the first, by any scheme and port: in production, only the name is taken from a request. */
  #keepOrigin({ hostname, origin }: URL): void {
    if (this.#origin !== null) return;
    const { kv } = this.ctx.storage;
    const made = this.config.production ? `https://${hostname}` : origin;
    const known = kv.get<string>(originKey);
    if (known === undefined) kv.put(originKey, made);
    this.#origin = known ?? made;
  }

  async alarm(): Promise<void> {
    const waitsUntil = this.#moving.waitsUntil();
    if (waitsUntil !== null) return this.ctx.storage.setAlarm(waitsUntil);
    const program = await this.program();
    if (program) await program.ring();
    // What is due waits until the installation can be opened.
    else await this.ctx.storage.setAlarm(this.clock.now().getTime() + retryOpenMs);
  }

  async webSocketMessage(ws: EdgeSocket, message: string | ArrayBuffer): Promise<void> {
    await (await this.program())?.sockets.message(ws, message);
  }

  async webSocketClose(ws: EdgeSocket, code: number, reason: string): Promise<void> {
    (await this.program())?.sockets.closed(ws);
    // The client has said goodbye, and waits for ours. Not every code that can come can be sent (RFC 6455, 7.4).
    const isSendable = (code >= 3_000 && code < 5_000) || [1000, 1001, 1002, 1003, 1007, 1008].includes(code);
    ws.close(isSendable ? code : 1000, isSendable ? reason : "");
  }

  async webSocketError(ws: EdgeSocket): Promise<void> {
    (await this.program())?.sockets.closed(ws);
  }

  /**
   * The first event opens the program, and everything else waits for it. Null if the settings don't allow one, and during
   * a restore.
   */
  protected async program(): Promise<Program | null> {
    if (this.#moving.isRestoring()) return null;
    this.#opening ??= this.ctx.blockConcurrencyWhile(() => this.#openOrLog());
    return this.#opening;
  }

  /** An error would reset the object, and be an unexplained 500. */
  async #openOrLog(): Promise<Program | null> {
    try {
      if (this.#faults.length > 0) throw new ConfigFault(this.#faults);
      return await this.open();
    } catch (err) {
      const isConfig = err instanceof ConfigFault;
      this.#log.error(isConfig ? { faults: err.faults } : { err }, "this installation can't be opened");
      if (!isConfig) this.#opening = null;
      return null;
    }
  }

  protected async open(): Promise<Program> {
    const program = await composeEdge(this.options());
    await ensureAdmin(program.context, this.config);
    return program;
  }

  protected options(): Parameters<typeof composeEdge>[0] {
    const { ctx, env, config, clock } = this;
    const origin = () => this.#origin ?? ctx.storage.kv.get<string>(originKey) ?? "";
    return { ctx, env, config, clock, log: this.#log, origin, refuseWrites: this.#moving.refuseWrites() };
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    for (const socket of this.ctx.getWebSockets()) socket.close(1012, "This installation is being restored.");
    await (await opening)?.realtime.stop();
  }
}

function upgrade({ realtime, sockets }: Program, request: Request, ip: string): Response {
  const server = sockets.serverFor();
  const refusal = realtime.upgrade(request, server, ip);
  if (refusal) return refusal;
  return new Response(null, { status: 101, webSocket: server.client() } as ResponseInit);
}

function notSetUp(): Response {
  const detail = "This installation can't be opened, or is not set up yet. Its log says why.";
  return problemOf("unavailable", detail, { "Retry-After": "60" });
}
