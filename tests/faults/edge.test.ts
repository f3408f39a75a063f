import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { as, callAs } from "../support/client.ts";
import { runSql } from "../support/databases.ts";
import { edgeBindings } from "../support/edge/new-object.ts";
import { askObject, type EdgeRuntime, startEdge } from "../support/edge/runtime.ts";
import { addPerson, useHarness } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";
import { TestSocket } from "../support/socket.ts";
import { differsFromLog, lost, overlaps } from "./invariants.ts";
import { runLoad } from "./load.ts";
import { createWorld } from "./world.ts";

const kills = sized("KILLS", 2);
const minutes = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("kill -9 of workerd amid writes", () => {
  let folder: string;
  let runtime: EdgeRuntime;
  let start: () => Promise<EdgeRuntime>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "booking-edge-"));
    const port = await freePort();
    start = () =>
      startEdge("tests/support/edge/object.ts", { bindings: edgeBindings, persist: folder, port });
    runtime = await start();
  });
  afterAll(async () => {
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    "loses nothing that was acknowledged, leaves no overlap, and the log is the state",
    async () => {
      const world = await createWorld("object", { capacities: [1, 1, 1], server: runtime.url });
      const { url } = await world.serve();
      let [done, isOver] = [0, false];
      const load = runLoad({
        urls: () => [url],
        people: world.people,
        rooms: world.rooms,
        clients: 24,
        more: (soFar) => {
          done = soFar;
          return !isOver;
        },
        slots: 400,
      });
      for (let n = 1; n <= kills; n++) {
        const before = done;
        while (done < before + 250) await Bun.sleep(10);
        await runtime.kill();
        runtime = await start();
      }
      const before = done;
      while (done < before + 250) await Bun.sleep(10);
      isOver = true;
      const history = await load;
      expect(history.unexpected).toEqual([]);
      expect(history.counts.retried).toBeGreaterThan(0);
      expect(await lost(world.database.url, history)).toEqual([]);
      expect(await overlaps(world.database.url)).toBe(0);
      expect(await differsFromLog(world.database.url)).toEqual([]);
      const [row] = await runSql(world.database.url, "select count(*) as n from bookings");
      // Every booking was acknowledged to somebody: no retry left a second one behind.
      expect(Number(row?.n)).toBe(history.acknowledged.size);
      measured("G3", `edge: ${kills} kills of workerd, ${history.acknowledged.size} acknowledged, 0 missing`);
    },
    10 * minutes,
  );

  test(
    "a reminder that was due meanwhile goes out afterwards, once",
    async () => {
      const world = await createWorld("object", { capacities: [1], people: 2, server: runtime.url });
      const { url } = await world.serve();
      const [, person] = world.people;
      const call = callAs((path, init) => fetch(url + path, init), person?.token);
      const startTime = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_000);
      const made = await call("POST", "/api/bookings", {
        title: "Soon",
        startTime,
        endTime: new Date(startTime.getTime() + 3_600_000),
        reminders: [{ minutesBefore: 0, channel: "websocket" }],
      });
      expect(made.status).toBe(201);
      await runtime.kill();
      await Bun.sleep(Math.max(0, startTime.getTime() - Date.now()));
      runtime = await start();
      // The alarm of a sleeping object rings when its runtime is up again: nobody has to call it.
      await Bun.sleep(3_000);
      const sent = `select time from events where type = 'booking.reminder' and subject_id = '${made.body.id}'`;
      expect(await runSql(world.database.url, sent)).toHaveLength(1);
    },
    2 * minutes,
  );
});

describe("timed work in an object", () => {
  const harness = useHarness("object");
  const url = () => harness().database.url.slice("object:".length);

  test("an alarm that fails is tried again, and what it does not concern goes on", async () => {
    const call = as(harness(), await addPerson(harness()));
    const times = { startTime: "2027-01-01T00:10:00Z", endTime: "2027-01-01T01:00:00Z" };
    const { body } = await call("POST", "/api/bookings", { title: "B", ...times });
    const broken = "alter table tasks rename to tasks_away";
    await runSql(harness().database.url, broken);
    harness().clock.advance(60_000);
    await askObject(url(), "ring", null, harness().clock.now().getTime());
    const alarm = (await askObject(url(), "alarm", null)) as number;
    expect(alarm - harness().clock.now().getTime()).toBeWithin(1, 60_000);
    await runSql(harness().database.url, "alter table tasks_away rename to tasks");
    await askObject(url(), "ring", null, harness().clock.now().getTime());
    const { body: reminders } = await call("GET", `/api/bookings/${body.id}/reminders`);
    expect(reminders.data).toMatchObject([{ status: "sent" }]);
  });

  test("a reset object answers the next request, with what it had acknowledged", async () => {
    const call = as(harness(), await addPerson(harness()));
    const times = { startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
    const { body } = await call("POST", "/api/bookings", { title: "Kept", ...times });
    const before = await askObject(url(), "instance", null);
    await askObject(url(), "abort", null);
    await Bun.sleep(100);
    expect((await call("GET", `/api/bookings/${body.id}`)).body.title).toBe("Kept");
    expect(await askObject(url(), "instance", null)).not.toBe(before);
  });

  test("an alarm that was lost is set again when the object wakes", async () => {
    const call = as(harness(), await addPerson(harness()));
    const startTime = new Date(harness().clock.now().getTime() + 3_600_000);
    const endTime = new Date(startTime.getTime() + 3_600_000);
    await call("POST", "/api/bookings", { title: "B", startTime, endTime });
    await askObject(url(), "forget-alarm", null);
    await askObject(url(), "abort", null);
    await Bun.sleep(100);
    await call("GET", "/api/auth/me");
    expect(await askObject(url(), "alarm", null)).toBe(startTime.getTime() - 600_000);
  });

  test("an object with nothing to do has no alarm that rings soon", async () => {
    await addPerson(harness());
    const alarm = (await askObject(url(), "alarm", null)) as number;
    expect(alarm - harness().clock.now().getTime()).toBeGreaterThan(60_000);
  });

  test("a socket is closed when its token has run out and the alarm rings", async () => {
    const socket = await TestSocket.open(url());
    const alarm = (await askObject(url(), "alarm", null)) as number;
    expect(alarm - harness().clock.now().getTime()).toBeWithin(1, 60_001);
    await socket.ask("ping", {}, "pong");
    harness().clock.advance(61_000);
    await askObject(url(), "ring", null, harness().clock.now().getTime());
    expect((await socket.closed).code).toBe(4401);
  });
});
