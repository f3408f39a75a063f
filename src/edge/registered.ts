import { LRUCache } from "lru-cache";
import type { Fetcher } from "./runtime.ts";

type Answer = { registered: boolean; until: number };

const rememberedMs = 30_000;
const max = 10_000;
/** Apart, because strangers can ask for any number of names that are not registered. */
const registered = new LRUCache<string, Answer>({ max });
const unregistered = new LRUCache<string, Answer>({ max });
const asked = new Map<string, Promise<boolean>>();

/** Whether a name is registered, as of at most 30 s ago; older while the registry can't be reached. */
export async function isRegistered(registry: Fetcher, name: string): Promise<boolean> {
  const known = registered.get(name) ?? unregistered.get(name);
  if (known && known.until > Date.now()) return known.registered;
  const asking = asked.get(name) ?? ask(registry, name).finally(() => asked.delete(name));
  asked.set(name, asking);
  try {
    return await asking;
  } catch (error) {
    if (known) return known.registered;
    throw error;
  }
}

async function ask(registry: Fetcher, name: string): Promise<boolean> {
  const answer = await registry.fetch(new Request(`https://registry/has?name=${encodeURIComponent(name)}`));
  const found = (await answer.json()) === true;
  const [into, outOf] = found ? [registered, unregistered] : [unregistered, registered];
  into.set(name, { registered: found, until: Date.now() + rememberedMs });
  outOf.delete(name);
  return found;
}
