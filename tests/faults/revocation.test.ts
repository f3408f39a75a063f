import { expect, test } from "bun:test";
import postgres from "postgres";
import { cachingStore } from "../../src/cache/caching-store.ts";
import type { Store } from "../../src/ports/store.ts";
import { as } from "../support/client.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { createDatabase, describeOnPostgres } from "../support/databases.ts";
import { addPerson, type Harness, openHarness, withContext } from "../support/harness.ts";
import { serveLive } from "../support/live.ts";
import { TestSocket } from "../support/socket.ts";

/** A way to read what has changed, counted: a test can wait until an instance has looked. */
type Looks = { store: Store; count(): number };

function counted(store: Store, visibleSince: Store["events"]["visibleSince"]): Looks {
  let count = 0;
  const looking: Store["events"]["visibleSince"] = async (mark) => {
    const seen = await visibleSince(mark);
    count += 1;
    return seen;
  };
  return { store: { ...store, events: { ...store.events, visibleSince: looking } }, count: () => count };
}

/** What it was before: changes are seen when the log has settled, in its order. */
function ordered({ events }: Store): Store["events"]["visibleSince"] {
  return async (mark) => {
    const found = mark === null ? null : await events.after(mark, 1_000);
    return { mark: found?.at(-1)?.position ?? mark ?? (await events.end()), events: found };
  };
}

/** Ends a session and takes a role elsewhere; what an instance makes of both once it has looked three times. */
async function afterThreeLooks(harness: Harness, looks: Looks) {
  const cache = cachingStore(looks.store);
  const there = withContext(harness, { store: cache.store });
  const live = await serveLive(there, { remembered: cache });
  cache.follow(live.realtime);
  const [leaving, demoted, boss] = [
    await addPerson(harness),
    await addPerson(harness, "admin"),
    await addPerson(harness, "admin"),
  ];
  const socket = await TestSocket.open(live.url, { token: leaving.token });
  let closed = false;
  void socket.closed.then(() => {
    closed = true;
  });
  const statuses = async () => [
    (await as(there, leaving)("GET", "/api/auth/me")).status,
    (await as(there, demoted)("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] })).status,
  ];
  expect(await statuses()).toEqual([200, 201]);
  await as(harness, leaving)("DELETE", "/api/auth/me");
  await as(harness, boss)("PATCH", `/api/users/${demoted.id}`, { role: "user" });
  const seen = looks.count();
  while (looks.count() < seen + 3) await Bun.sleep(20);
  const found = { statuses: await statuses(), closed: closed || socket.socket.readyState !== WebSocket.OPEN };
  await live.stop();
  return found;
}

describeOnPostgres("a stranger's open transaction", () => {
  const withStranger = async (work: (harness: Harness, cluster: Cluster) => Promise<void>) => {
    const cluster = await startCluster();
    const theirs = await createDatabase("postgres", { server: cluster.url, migrate: false });
    const harness = await openHarness("postgres", { server: cluster.url });
    const stranger = postgres(theirs.url, { max: 1, onnotice: () => {} });
    await stranger.unsafe("begin");
    await stranger.unsafe("create temp table t (x int)");
    try {
      await work(harness, cluster);
    } finally {
      await stranger.end({ timeout: 1 });
      await harness.close();
      await cluster.stop();
    }
  };

  test(
    "delays no revocation (G19), and where changes are read in order it does (mutant)",
    () =>
      withStranger(async (harness) => {
        const { store } = harness.context;
        expect(await afterThreeLooks(harness, counted(store, store.events.visibleSince))).toEqual({
          statuses: [401, 401],
          closed: true,
        });
        expect(await afterThreeLooks(harness, counted(store, ordered(store)))).toEqual({
          // The commit itself looks at who asks, whatever a cache remembers.
          statuses: [200, 401],
          closed: false,
        });
      }),
    120_000,
  );
});
