import { expect, test } from "bun:test";
import { onEachEngine, runSql } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { type Server, stopServer } from "../support/server.ts";
import { differsFromLog } from "./invariants.ts";
import { createWorld } from "./world.ts";

const [keys, twins] = [sized("KEYS", 25), 40];
/** Of so many keys all twins ask at once. */
const atOnce = 25;

/**
 * The mutants are for Postgres: one process on SQLite goes from the look-up to the commit without a pause, so there
 * nothing can come between, with or without the constraint.
 */
const mutants = {
  receipts: "alter table receipts drop constraint receipts_caller_key",
  versions: "alter table events drop constraint events_subject_version",
};

onEachEngine(`${keys} keys, ${twins} requests each at once`, (engine) => {
  const mutantTest = engine === "postgres" ? test : () => {};
  const stampede = async (mutant?: string) => {
    const world = await createWorld(engine, { capacities: [10_000], people: 4 });
    if (mutant) await runSql(world.database.url, mutant);
    const servers = await Promise.all(
      Array.from({ length: engine === "sqlite" ? 1 : 2 }, () => world.serve()),
    );
    const ask = async (key: number, twin: number) => {
      const person = world.people[key % world.people.length];
      const response = await fetch(`${(servers[twin % servers.length] as Server).url}/api/bookings`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `Bearer ${person?.token}`,
          "Idempotency-Key": `key-${key}`,
        },
        body: JSON.stringify({
          title: `Key ${key}`,
          resourceId: world.rooms[0],
          startTime: "2030-01-01T00:00:00Z",
          endTime: "2030-01-01T01:00:00Z",
        }),
      });
      return `${response.status} ${await response.text()}`;
    };
    const answers: Set<string>[] = [];
    for (let from = 0; from < keys; from += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, keys - from) }, async (_, n) => {
        const all = Array.from({ length: twins }, (_, twin) => ask(from + n, twin));
        return new Set(await Promise.all(all));
      });
      answers.push(...(await Promise.all(some)));
    }
    await Promise.all(servers.map(stopServer));
    const [made] = await runSql(world.database.url, "select count(*) as n from bookings");
    return { world, answers, bookings: Number(made?.n) };
  };

  test("make one booking a key, and every twin gets the same bytes (G5)", async () => {
    const { world, answers, bookings } = await stampede();
    expect(bookings).toBe(keys);
    expect(answers.map((all) => all.size)).toEqual(Array(keys).fill(1));
    expect([...(answers[0] ?? [])][0]).toStartWith("201 ");
    expect(await differsFromLog(world.database.url)).toEqual([]);
    measured("G5", `${engine}: ${keys} keys, ${twins} at once each: ${bookings} bookings, equal answers`);
    await world.database.drop();
  }, 600_000);

  mutantTest(
    "make more when receipts are not unique: the check sees it",
    async () => {
      const { world, bookings } = await stampede(mutants.receipts);
      expect(bookings).toBeGreaterThan(keys);
      await world.database.drop();
    },
    120_000,
  );
});

onEachEngine("changes of one booking at once", (engine) => {
  const mutantTest = engine === "postgres" ? test : () => {};
  const storm = async (mutant?: string) => {
    const world = await createWorld(engine, { capacities: [1], people: 1 });
    if (mutant) await runSql(world.database.url, mutant);
    const servers = await Promise.all(
      Array.from({ length: engine === "sqlite" ? 1 : 2 }, () => world.serve()),
    );
    const send = (n: number, method: string, path: string, body: object) =>
      fetch(`${(servers[n % servers.length] as Server).url}${path}`, {
        method,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${world.people[0]?.token}` },
        body: JSON.stringify(body),
      });
    const times = { startTime: "2030-01-01T00:00:00Z", endTime: "2030-01-01T01:00:00Z" };
    const made = await send(0, "POST", "/api/bookings", { title: "0", ...times });
    const { id } = (await made.json()) as { id: string };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => send(n, "PATCH", `/api/bookings/${id}`, { title: `${n + 1}` })),
    );
    await Promise.all(servers.map(stopServer));
    return { world, statuses: answers.map((answer) => answer.status) };
  };

  test("all count, one after the other, and the log stays the state (G13)", async () => {
    const { world, statuses } = await storm();
    expect(statuses).toEqual(Array(12).fill(200));
    expect(await differsFromLog(world.database.url)).toEqual([]);
    const [row] = await runSql(world.database.url, "select version from bookings");
    expect(Number(row?.version)).toBe(13);
    await world.database.drop();
  }, 60_000);

  mutantTest(
    "lose updates when versions are not unique: the check sees it",
    async () => {
      const { world } = await storm("alter table events drop constraint events_subject_version");
      await expect(differsFromLog(world.database.url)).rejects.toThrow("skips a version");
      await world.database.drop();
    },
    60_000,
  );
});
