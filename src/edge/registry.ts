import { DurableObject } from "cloudflare:workers";
import { isHostName, knownAs } from "./hosts.ts";
import { refusePlatform } from "./platform-key.ts";
import { problemOf } from "./problem.ts";
import type { EdgeEnv } from "./runtime.ts";
import { readEdgeConfig } from "./settings.ts";

const path = /^\/platform\/hosts(?:\/([^/]+))?\/?$/;
const prefix = "host ";

/** Whether a path is the registry's: the list of host names under the suffixes of BOOKING_HOSTS. */
export function asksRegistry(pathname: string): boolean {
  return path.test(pathname);
}

/**
 * `/platform/hosts` lists the registered names, `PUT /platform/hosts/<name>` registers one, `DELETE` forgets it: then it
 * is not served any more, and its data stays. All of it is for the platform key.
 */
export class Registry extends DurableObject<EdgeEnv> {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    // Asked by the worker itself, over a path that it lets nobody reach.
    if (pathname === "/has") return Response.json(this.#has(searchParams.get("name") ?? ""));
    const { config } = readEdgeConfig(this.env as never);
    const refusal = refusePlatform(request, config.platformKey);
    if (refusal) return refusal;
    // As everywhere, HEAD is answered as GET; the runtime leaves the body out.
    const method = request.method === "HEAD" ? "GET" : request.method;
    const given = path.exec(pathname)?.[1];
    return given === undefined ? this.#all(method) : this.#one(method, nameIn(given), config.hosts);
  }

  #all(method: string): Response {
    if (method !== "GET") return wrongMethod("GET");
    const names = [...this.ctx.storage.kv.list({ prefix })].map(([key]) => key.slice(prefix.length));
    return Response.json({ data: names });
  }

  #one(method: string, name: string, patterns: string[]): Response {
    if (method !== "PUT" && method !== "DELETE") return wrongMethod("PUT, DELETE");
    if (!isHostName(name))
      return problemOf("validation_failed", `${JSON.stringify(name.slice(0, 100))} is not a host name.`);
    if (method === "DELETE") {
      this.ctx.storage.kv.delete(prefix + name);
      return new Response(null, { status: 204 });
    }
    if (knownAs(name, patterns) !== "under")
      return problemOf(
        "validation_failed",
        `${name} is not under a suffix of BOOKING_HOSTS, like *.example.com.`,
      );
    const isNew = !this.#has(name);
    if (isNew) this.ctx.storage.kv.put(prefix + name, true);
    return Response.json({ name }, { status: isNew ? 201 : 200 });
  }

  #has(name: string): boolean {
    return this.ctx.storage.kv.get(prefix + name) !== undefined;
  }
}

function wrongMethod(allow: string): Response {
  return problemOf("method_not_allowed", `This path supports ${allow}.`, { Allow: allow });
}

/** In lower case; the text itself where it can't be decoded, which is no name then. */
function nameIn(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase();
  } catch {
    return segment;
  }
}
