import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import type { Store } from "../../src/ports/store.ts";
import { describeOnPostgres } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness, withContext } from "../support/harness.ts";
import { serveLive } from "../support/live.ts";

/** Asks a server, over a connection. */
async function ask(harness: Harness, { token }: Person, path: string): Promise<[Response, string]> {
  const live = await serveLive(harness);
  try {
    const response = await fetch(`${live.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    return [response, await response.text()];
  } finally {
    await live.stop();
  }
}

describeOnPostgres("a request that waits for a lock, and then for another", () => {
  const harness = useHarness("postgres");
  const firstLockMs = 5_000;

  test("is answered when it gives up, and its connection lasts until then", async () => {
    const person = await addPerson(harness());
    const stranger = postgres(harness().database.url, { max: 1, onnotice: () => {} });
    await stranger`begin`;
    await stranger`lock table bookings in access exclusive mode`;
    await stranger`savepoint before_sessions`;
    await stranger`lock table sessions in access exclusive mode`;
    const asked = ask(harness(), person, "/api/bookings");
    await Bun.sleep(firstLockMs);
    await stranger`rollback to before_sessions`;
    const [{ status, headers }, body] = await asked;
    await stranger`rollback`;
    await stranger.end({ timeout: 5 });
    expect([status, JSON.parse(body).code]).toEqual([503, "unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }, 30_000);
});

describe("an export", () => {
  const harness = useHarness("sqlite");
  const pauseMs = 15_000;
  const slow = (store: Store): Store => ({
    ...store,
    bookings: {
      ...store.bookings,
      list: async (...asked) => {
        await Bun.sleep(pauseMs);
        return store.bookings.list(...asked);
      },
    },
  });

  test("is whole, however long it pauses before a page", async () => {
    const person = await addPerson(harness());
    const paused = withContext(harness(), { store: slow(harness().context.store) });
    const [{ status }, body] = await ask(paused, person, `/api/users/${person.id}/export`);
    expect([status, JSON.parse(body).activity.length]).toEqual([200, 1]);
  }, 30_000);
});
