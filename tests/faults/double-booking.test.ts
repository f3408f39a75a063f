import { expect, test } from "bun:test";
import { describeOnPostgres, onEveryEngine, runSql } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { stopServer } from "../support/server.ts";
import { unguarded, withoutTurns } from "../support/unguarded.ts";
import { differsFromLog, lost, overlaps, unexplained } from "./invariants.ts";
import { runLoad } from "./load.ts";
import { createWorld, type World } from "./world.ts";

const operations = sized("OPERATIONS", 1_000);
/** Few, so that what overlaps is not moved or cancelled again before anybody looks. */
const operationsOfMutant = 500;
const minutes = 60_000;

onEveryEngine("64 clients on 3 resources", (engine) => {
  const processes = engine === "postgres" ? 2 : 1;

  const race = async (mutant?: string[]) => {
    const world = await createWorld(engine, { capacities: [1, 1, 1] });
    const { url } = world.database;
    for (const statement of mutant ?? []) await runSql(url, statement);
    const servers = await Promise.all(Array.from({ length: processes }, () => world.serve()));
    const history = await runLoad({
      urls: () => servers.map((server) => server.url),
      people: world.people,
      rooms: world.rooms,
      clients: 64,
      more: (soFar) => soFar < (mutant ? operationsOfMutant : operations),
      slots: 40,
    });
    await Promise.all(servers.map(stopServer));
    return { world, url, history };
  };

  test(
    "never overlap, lose nothing, refuse nothing without a reason, and the log is the state (G1, G4, G6, G13)",
    async () => {
      const { world, url, history } = await race();
      expect(history.unexpected).toEqual([]);
      expect(history.counts[409]).toBeGreaterThan(100);
      expect(await overlaps(url)).toBe(0);
      expect(await lost(url, history)).toEqual([]);
      expect(await unexplained(url, history)).toBe(0);
      expect(await differsFromLog(url)).toEqual([]);
      if (engine === "postgres") expect(await deadlocks(url)).toBe(0);
      const { counts, acknowledged } = history;
      measured("G1", `${engine}: ${operations} operations, ${acknowledged.size} bookings, 0 overlaps`);
      measured("G4", `${engine}: ${counts[409]} refusals, 0 unexplained`);
      if (engine === "postgres") measured("G6", "0 deadlocks");
      measured("G13", `${engine}: the log folded up is the state`);
      await world.database.drop();
    },
    10 * minutes,
  );

  test(
    "overlap when the guard is taken away: the check sees it",
    async () => {
      const { world, url } = await race(unguarded[engine]);
      expect(await overlaps(url)).toBeGreaterThan(0);
      await world.database.drop();
    },
    2 * minutes,
  );

  test(
    "three slots, each wanted by all at once, have one winner each",
    async () => {
      const world = await createWorld(engine, { capacities: [1], people: 64 });
      const servers = await Promise.all(Array.from({ length: processes }, () => world.serve()));
      const attempts = world.people.flatMap((person, n) =>
        [0, 1, 2].map(async (hour) => {
          const ask = () =>
            fetch(`${servers[n % processes]?.url}/api/bookings`, {
              method: "POST",
              headers: { "Content-Type": "application/json", Authorization: `Bearer ${person.token}` },
              body: JSON.stringify({
                title: "Mine",
                resourceId: world.rooms[0],
                startTime: `2030-01-01T0${hour}:00:00Z`,
                endTime: `2030-01-01T0${hour + 1}:00:00Z`,
              }),
            });
          let response = await ask();
          // A busy machine may ask to try again.
          for (; response.status === 503; response = await ask()) await Bun.sleep(1_000);
          return `${hour}: ${response.status}`;
        }),
      );
      const answers = await Promise.all(attempts);
      const count = (answer: string) => answers.filter((a) => a === answer).length;
      for (const hour of [0, 1, 2]) expect([count(`${hour}: 201`), count(`${hour}: 409`)]).toEqual([1, 63]);
      await Promise.all(servers.map(stopServer));
      await world.database.drop();
    },
    2 * minutes,
  );
});

describeOnPostgres("the bump of the resource", () => {
  test(
    "spares hand-written inserts every deadlock",
    async () => {
      const world = await createWorld("postgres", { capacities: [1], people: 1 });
      const { url } = world.database;
      const clients = Array.from({ length: 32 }, () => new Bun.SQL(url, { max: 1 }));
      for (let round = 0; round < 20; round++) {
        await Promise.all(clients.map((client) => client.unsafe(insertSql(world, round)).catch(() => null)));
      }
      await Promise.all(clients.map((client) => client.close()));
      expect([await deadlocks(url), await overlaps(url)]).toEqual([0, 0]);
      await world.database.drop();
    },
    minutes,
  );

  /** Two transactions that take two slots in opposite orders; what became of each. */
  const cross = async (mutant: string[] = []) => {
    const world = await createWorld("postgres", { capacities: [1], people: 1 });
    const { url } = world.database;
    for (const statement of mutant) await runSql(url, statement);
    const [one, two] = [new Bun.SQL(url, { max: 1 }), new Bun.SQL(url, { max: 1 })];
    await one.unsafe(`begin; ${insertSql(world, 1)}`);
    await two.unsafe("begin");
    const second = two.unsafe(insertSql(world, 2)).then(() => two.unsafe(insertSql(world, 1)));
    await someoneWaits(url);
    const first = one.unsafe(insertSql(world, 2)).then(() => one.unsafe("commit"));
    await Promise.allSettled([first, second]);
    await Promise.all([one.close(), two.close()]);
    const found = await deadlocks(url);
    await world.database.drop();
    return found;
  };

  test(
    "is what does it: two transactions that cross deadlock without the trigger, and take turns with it",
    async () => {
      expect(await cross(withoutTurns)).toBe(1);
      expect(await cross()).toBe(0);
    },
    minutes,
  );
});

describeOnPostgres("a claim that the log does not know", () => {
  test(
    "makes refusals that nothing explains: the check sees it (G4, mutant)",
    async () => {
      const world = await createWorld("postgres", { capacities: [1], people: 1 });
      const { url } = world.database;
      await runSql(url, insertSql(world, 0, 24 * 60));
      const server = await world.serve();
      const load = {
        urls: () => [server.url],
        people: world.people,
        rooms: world.rooms,
        clients: 4,
        slots: 8,
      };
      const history = await runLoad({ ...load, more: (soFar) => soFar < 40 });
      await stopServer(server);
      expect(await unexplained(url, history)).toBeGreaterThan(0);
      await world.database.drop();
    },
    minutes,
  );
});

/** Until a session of the database waits for another one's lock. */
async function someoneWaits(url: string): Promise<void> {
  for (;;) {
    const waiting = await runSql(
      url,
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (waiting.length > 0) return;
  }
}

/** A booking and its claim, as somebody would write them at a prompt. */
function insertSql({ people, rooms }: World, minute: number, length = 1): string {
  const [id, start] = [Bun.randomUUIDv7(), `2030-01-01T00:${String(minute).padStart(2, "0")}:00Z`];
  const [person] = people;
  const times = `'${start}', '${start}'::timestamptz + interval '${length} minutes'`;
  return `with booked as (
      insert into bookings (id, organization_id, owner_id, resource_id, title, start_time, end_time, status, quantity,
        attendees, metadata, version, created_at, updated_at)
      values ('${id}', '${person?.organizationId}', '${person?.id}', '${rooms[0]}', 't', ${times},
        'confirmed', 1, '[]', '{}', 1, now(), now())
    )
    insert into claims (id, part, organization_id, resource_id, start_time, end_time, quantity, blocking, decided_at)
    values ('${id}', 0, '${person?.organizationId}', '${rooms[0]}', ${times}, 1, true, now())`;
}

/** What the server counted in this database. Sessions report when they end, so that is waited for. */
async function deadlocks(url: string): Promise<number> {
  for (;;) {
    const [found] = await runSql(
      url,
      `select deadlocks, (select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()) as open
       from pg_stat_database where datname = current_database()`,
    );
    if (Number(found?.open) === 0) return Number(found?.deadlocks);
    await Bun.sleep(50);
  }
}
