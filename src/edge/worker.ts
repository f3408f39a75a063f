import { knownAs, servedAs } from "./hosts.ts";
import { problemOf } from "./problem.ts";
import { asksRegistry, isRegistered } from "./registry.ts";
import type { EdgeEnv } from "./runtime.ts";
import { hostsOf } from "./settings.ts";

export { BookingObject } from "./booking-object.ts";
export { Hasher } from "./hasher.ts";
export { Registry } from "./registry.ts";

/** Routes a request to the object of its host name, and does nothing else. */
export default {
  async fetch(request: Request, env: EdgeEnv): Promise<Response> {
    const { hostname, pathname } = new URL(request.url);
    const known = knownAs(hostname, hostsOf(env as never));
    if (known === "exact" && asksRegistry(pathname)) return registryOf(env).fetch(request);
    const isServed =
      known === "exact" || (known === "under" && (await isRegistered(registryOf(env), hostname)));
    if (!isServed) return nobodyHere();
    return env.BOOKING.get(env.BOOKING.idFromName(servedAs(hostname))).fetch(request);
  },
};

function registryOf({ REGISTRY }: EdgeEnv) {
  return REGISTRY.get(REGISTRY.idFromName("registry"));
}

/** A stranger's host name makes no object. */
function nobodyHere(): Response {
  const detail =
    "No installation has this host name. BOOKING_HOSTS and the registry say which ones are served.";
  return problemOf("not_found", detail);
}
