import { knownAs, servedAs } from "./hosts.ts";
import { edgeLog } from "./log.ts";
import { problemOf } from "./problem.ts";
import { readRest } from "./read-rest.ts";
import { isRegistered } from "./registered.ts";
import { asksRegistry } from "./registry.ts";
import type { EdgeEnv, Fetcher } from "./runtime.ts";
import { readHosts } from "./settings.ts";

export { BookingObject } from "./booking-object.ts";
export { Hasher } from "./hasher.ts";
export { Registry } from "./registry.ts";

const log = edgeLog("info");
let isFaultLogged = false;

/** Routes a request to the object of its host name, and does nothing else. */
export default {
  async fetch(request: Request, env: EdgeEnv): Promise<Response> {
    try {
      const { hosts, fault } = readHosts(env as never);
      const answer = fault ? notSetUp(fault) : await route(request, env, hosts);
      await readRest(request);
      return answer;
    } catch (err) {
      // The object was reset, is overloaded, or a new version is being deployed.
      log.error({ err }, "an object could not be reached");
      return problemOf("unavailable", "This installation can't be reached. Try again shortly.", {
        "Retry-After": "2",
      });
    }
  },
};

async function route(request: Request, env: EdgeEnv, hosts: string[]): Promise<Response> {
  const { hostname, pathname } = new URL(request.url);
  const known = knownAs(hostname, hosts);
  if (known === "exact" && asksRegistry(pathname)) return registryOf(env).fetch(request);
  const isServed =
    known === "exact" || (known === "under" && (await isRegistered(registryOf(env), hostname)));
  if (!isServed) return nobodyHere();
  return env.BOOKING.get(env.BOOKING.idFromName(servedAs(hostname))).fetch(request);
}

function registryOf({ REGISTRY }: EdgeEnv): Fetcher {
  return REGISTRY.get(REGISTRY.idFromName("registry"));
}

/** A stranger's host name makes no object. */
function nobodyHere(): Response {
  const detail =
    "No installation has this host name. BOOKING_HOSTS and the registry say which ones are served.";
  return problemOf("not_found", detail);
}

function notSetUp(fault: string): Response {
  if (!isFaultLogged) log.error({ faults: [fault] }, "the worker is not set up");
  isFaultLogged = true;
  const detail = "This service is not set up yet. Its log says why.";
  return problemOf("unavailable", detail, { "Retry-After": "60" });
}
