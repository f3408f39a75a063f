import { DurableObject } from "cloudflare:workers";
import { isHostName, knownAs } from "./hosts.ts";
import { refusePlatform } from "./platform-key.ts";
import { problemOf } from "./problem.ts";
import type { EdgeEnv, Fetcher } from "./runtime.ts";
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
    const name = decodeURIComponent(path.exec(pathname)?.[1] ?? "").toLowerCase();
    return name === "" ? this.#all(request.method) : this.#one(request.method, name, config.hosts);
  }

  #all(method: string): Response {
    if (method !== "GET") return wrongMethod("GET");
    const names = [...this.ctx.storage.kv.list({ prefix })].map(([key]) => key.slice(prefix.length));
    return Response.json({ data: names });
  }

  #one(method: string, name: string, patterns: string[]): Response {
    if (method === "DELETE") {
      this.ctx.storage.kv.delete(prefix + name);
      return new Response(null, { status: 204 });
    }
    if (method !== "PUT") return wrongMethod("PUT, DELETE");
    if (!isHostName(name) || knownAs(name, patterns) !== "under")
      return problemOf(
        "validation_failed",
        `${JSON.stringify(name.slice(0, 100))} is not a host name under a suffix of BOOKING_HOSTS.`,
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
  return problemOf("method_not_allowed", `This path answers ${allow}.`, { Allow: allow });
}

const rememberedMs = 30_000;
const maxRemembered = 10_000;
const remembered = new Map<string, { registered: boolean; until: number }>();

/** Whether a name is registered, as of at most 30 s ago. */
export async function isRegistered(registry: Fetcher, name: string): Promise<boolean> {
  const now = Date.now();
  const known = remembered.get(name);
  if (known && known.until > now) return known.registered;
  const answer = await registry.fetch(new Request(`https://registry/has?name=${encodeURIComponent(name)}`));
  const registered = (await answer.json()) === true;
  // Strangers can ask for any number of names.
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(name, { registered, until: now + rememberedMs });
  return registered;
}
