import { BookingObject } from "../../../src/edge/booking-object.ts";
import { composeEdge } from "../../../src/edge/compose.ts";
import type { Store } from "../../../src/ports/store.ts";
import { asFault, decode, encode } from "./wire.ts";

export { Hasher } from "../../../src/edge/hasher.ts";
export { Registry } from "../../../src/edge/registry.ts";

type Call = { path: string[]; args: unknown[] };
type Named = { id: { name?: string } };

/**
 * The object of the program, with what a test needs besides: a clock that is turned from outside, its store by remote
 * calls, and statements by hand. Its name says how it is set up: `<uuid>.scale-<n>.look-<n>`.
 */
class TestObject extends BookingObject {
  #nowMs: number | null = null;
  /** Another one after each sleep, and after each fall. */
  readonly #instance = crypto.randomUUID();

  protected override readonly clock = { now: () => new Date(this.#nowMs ?? Date.now()) };

  protected override options() {
    return {
      ...super.options(),
      maxLookedAt: this.#setUp("look"),
      config: { ...this.config, rateLimitScale: this.#setUp("scale") ?? this.config.rateLimitScale },
    };
  }

  /** As in every harness: without a first admin, and mail counts as configured. */
  protected override async open() {
    const program = await composeEdge(this.options());
    program.context.sendsMail = true;
    return program;
  }

  #setUp(what: string): number | undefined {
    const { name = "" } = (this.ctx as unknown as Named).id;
    const found = name.match(new RegExp(`\\.${what}-(\\d+)`))?.[1];
    return found ? Number(found) : undefined;
  }

  override async fetch(request: Request): Promise<Response> {
    const now = request.headers.get("X-Test-Now");
    if (now !== null) this.#nowMs = now === "" ? null : Number(now);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/__test/")) return this.#answer(pathname.slice("/__test/".length), request);
    return super.fetch(request);
  }

  async #answer(what: string, request: Request): Promise<Response> {
    try {
      const asked = decode(await request.text());
      return new Response(encode({ value: await this.#do(what, asked) }));
    } catch (error) {
      return new Response(encode({ fault: asFault(error) }));
    }
  }

  async #do(what: string, asked: unknown): Promise<unknown> {
    if (what === "abort") return void setTimeout(() => this.ctx.abort("a test asked for it"), 0);
    if (what === "alarm") return this.ctx.storage.getAlarm();
    if (what === "forget-alarm") return this.ctx.storage.deleteAlarm();
    if (what === "instance") return this.#instance;
    const program = await this.program();
    if (what === "sql") {
      // Written past the program, which can't know of it.
      program?.cache.forgetAll();
      return this.ctx.storage.sql.exec(asked as string).toArray();
    }
    if (!program) throw new Error("The object is not set up.");
    if (what === "ring") {
      await this.alarm();
      return program.idle();
    }
    if (what === "verify") return this.env.HASHER.verify(...(asked as [string, string]));
    if (what === "flush")
      return (program.context.refusalLog as unknown as { flush(): Promise<void> }).flush();
    if (what === "shape") return shapeOf(program.context.store);
    if (what === "sockets") return program.realtime.sockets();
    const { path, args } = asked as Call;
    return callStore(program.context.store, path, args);
  }
}

export { TestObject as BookingObject };

/** Functions as the text "function", so that the other end can make them again. */
function shapeOf(value: unknown): unknown {
  if (typeof value === "function") return "function";
  if (value === null || typeof value !== "object") return { value };
  return { members: Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)])) };
}

function callStore(store: Store, path: string[], args: unknown[]): unknown {
  const method = path.reduce<unknown>((within, key) => (within as Record<string, unknown>)[key], store);
  return (method as (...args: unknown[]) => unknown)(...args);
}

type Namespace = {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
};

/** `/__object/<name>/<path>` is answered by the object of that name; the rest of the request stays as it is. */
export default {
  async fetch(request: Request, { BOOKING }: { BOOKING: Namespace }): Promise<Response> {
    const [, name = "", path = "/"] = request.url.match(/^https?:\/\/[^/]*\/__object\/([^/]+)(.*)$/) ?? [];
    const url = new URL(request.url);
    const protocol = request.headers.has("X-Test-Https") ? "https:" : url.protocol;
    const inner = new Request(`${protocol}//${url.host}${path}`, request);
    return BOOKING.get(BOOKING.idFromName(name)).fetch(inner);
  },
};
