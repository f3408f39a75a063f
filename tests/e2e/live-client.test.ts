import { expect, test } from "bun:test";
import { followRooms } from "../../clients/typescript/src/live.ts";
import { encodeCursor } from "../../src/domain/cursor.ts";
import { createWorld } from "../faults/world.ts";
import { callAs } from "../support/client.ts";
import { freePort } from "../support/cluster.ts";
import { createDatabase } from "../support/databases.ts";
import { sharedSecrets, startServer, stopServer } from "../support/server.ts";

/** Well below the minute after which the service closes a socket that has not signed in. */
const patienceMs = 20_000;

test.each([
  ["a stale token", (good: string) => `${good.slice(0, -4)}AAAA`],
  ["no token at all", () => ""],
])(
  "followRooms asks for another token after %s, and hears what happened meanwhile",
  async (_, spoil) => {
    const world = await createWorld("sqlite", { capacities: [], people: 1 });
    const server = await startServer({ env: { ...sharedSecrets, DATABASE_URL: world.database.url } });
    const [person] = world.people;
    const { token: good = "", id = "", organizationId = "" } = person ?? {};
    const errors: string[] = [];
    let asked = 0;
    const heard = Promise.withResolvers<string>();
    const stop = followRooms({
      baseUrl: server.url,
      token: () => (asked++ === 0 ? spoil(good) : good),
      rooms: [{ userId: id }],
      after: {
        [`user:${id}`]: encodeCursor({ organizationId, time: new Date(), eventId: null, position: "0" }),
      },
      onEvent: ({ data }) => heard.resolve(String(data.booking?.title)),
      onError: ({ code, event }) => void errors.push(`${event} ${code}`),
    });
    try {
      const call = callAs((path, init) => fetch(`${server.url}${path}`, init), good);
      const slot = { startTime: "2030-01-01T10:00:00Z", endTime: "2030-01-01T11:00:00Z" };
      await call("POST", "/api/bookings", { title: "Heard", ...slot });
      const late = Bun.sleep(patienceMs).then(() => "nothing");
      expect(await Promise.race([heard.promise, late])).toBe("Heard");
      expect(errors).toEqual(["authenticate unauthenticated"]);
      expect(asked).toBe(2);
    } finally {
      stop();
      await stopServer(server);
      await world.database.drop();
    }
  },
  60_000,
);

test("followRooms says once that the service can't be reached, and once that there is no token", async () => {
  const errors: string[] = [];
  const [away, signedOut] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const database = await createDatabase("sqlite");
  const port = await freePort();
  const follow = (token: () => string) =>
    followRooms({
      baseUrl: `http://127.0.0.1:${port}`,
      token,
      rooms: [],
      onEvent: () => {},
      onError: ({ code, event }) => {
        errors.push(`${event} ${code}`);
        (code === "unreachable" ? away : signedOut).resolve();
      },
    });
  const stop = follow(() => {
    throw new Error("signed out");
  });
  await away.promise;
  const server = await startServer({ env: { PORT: String(port), DATABASE_URL: database.url } });
  await signedOut.promise;
  expect(errors).toEqual(["connect unreachable", "authenticate no_token"]);
  stop();
  await stopServer(server);
  await database.drop();
}, 60_000);
