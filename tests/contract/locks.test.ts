import { expect, test } from "bun:test";
import postgres from "postgres";
import { commitStatement } from "../../db/engines/postgres/commit.ts";
import { openPostgres } from "../../db/engines/postgres/open.ts";
import { openStore } from "../../db/open.ts";
import type { Actor } from "../../src/domain/actor.ts";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import type { Change } from "../../src/domain/change.ts";
import type { Resource } from "../../src/domain/resources/resource.ts";
import { create } from "../../src/operations/bookings/create.ts";
import type { Context } from "../../src/operations/context.ts";
import { change as changeResource } from "../../src/operations/resources/change.ts";
import { create as createResource } from "../../src/operations/resources/create.ts";
import { change as changeUser } from "../../src/operations/users/change.ts";
import { slot, workbench } from "../support/changes.ts";
import { describeOnPostgres, runSql } from "../support/databases.ts";
import { addPerson, type Person, useHarness } from "../support/harness.ts";

const rounds = 40;
const page = { limit: 1, sort: "startTime" } as const;
const roomFields = { description: null, timezone: "UTC", capacity: 5, metadata: {} };
const fields = { title: "B", description: null, location: null, attendees: [], metadata: {}, quantity: 1 };

/** The caller as a request has them; the session is of no interest here. */
const actorOf = ({ id: userId, organizationId }: Person, role: Actor["role"]): Actor => ({
  organizationId,
  userId,
  role,
  sessionId: "",
  credentialGeneration: 1,
});

describeOnPostgres("a change of claims", () => {
  const harness = useHarness("postgres");

  /** What becomes of a move when another transaction holds a resource and then wants the claim. */
  const cross = async (
    held: (booking: Booking, from: Resource, to: Resource) => string,
    without?: string,
  ) => {
    const bench = await workbench(harness());
    const [from, to] = [await bench.resource(), await bench.resource()];
    const { booking } = await bench.book(from, slot(0, 1));
    const engine = await openPostgres(harness().database.url, { pool: 1 });
    const change = await moveOf(bench, booking, to);
    const { text, parameters } = commitStatement(change, engine.tables);
    const asked = without ? text.replace(without, "false and $&") : text;
    expect(asked === text).toBe(without === undefined);
    const open = () => postgres(harness().database.url, { max: 1, onnotice: () => {} });
    const [other, mover, watcher] = [open(), open(), open()];
    try {
      const [mine] = await mover.unsafe("select pg_backend_pid() as pid");
      await other.unsafe(`begin; ${held(booking, from, to)}`);
      const moving = mover.unsafe(asked.replaceAll("::jsonb", "::text::jsonb"), parameters).then(
        () => "moved",
        (error: { code?: string }) => error.code,
      );
      for (let waits = false; !waits; await Bun.sleep(5)) {
        const rows = await watcher.unsafe(
          `select wait_event_type as type from pg_stat_activity where pid = ${mine?.pid}`,
        );
        waits = rows[0]?.type === "Lock";
      }
      const taking = other
        .unsafe(`update claims set quantity = quantity where id = '${booking.id}'; commit`)
        .then(
          () => "taken",
          (error: { code?: string }) => error.code,
        );
      return { moving: await moving, taking: await taking };
    } finally {
      await Promise.all([other, mover, watcher].map((client) => client.end({ timeout: 1 })));
      await engine.close();
    }
  };

  test.each([
    ["the resource it leaves", (_: Booking, from: Resource) => from.id],
    ["the resource it comes to", (_: Booking, __: Resource, to: Resource) => to.id],
  ] as const)("waits for %s before it takes the claim: nobody deadlocks", async (_, which) => {
    const held = (booking: Booking, from: Resource, to: Resource) =>
      `select 1 from resources where id = '${which(booking, from, to)}' for update`;
    expect(await cross(held)).toEqual({ moving: "moved", taking: "taken" });
  });

  test("deadlocks without its lock on the resources (mutant)", async () => {
    const held = (_: Booking, from: Resource) => `select 1 from resources where id = '${from.id}' for update`;
    const { moving, taking } = await cross(held, `id in (\n      select "resourceId"`);
    expect([moving, taking]).toContain("40P01");
  });
});

describeOnPostgres("changes of the same people and resources at once", () => {
  const harness = useHarness("postgres");

  /** How many deadlocks there were when both ran at once, again and again. */
  const deadlocks = async (round: (context: Context) => Promise<unknown>[]) => {
    const { url } = harness().database;
    const count = async () =>
      Number(
        (await runSql(url, "select deadlocks from pg_stat_database where datname = current_database()"))[0]
          ?.deadlocks,
      );
    const before = await count();
    const store = await openStore(url, { pool: 4 });
    for (let n = 0; n < rounds; n++) await Promise.allSettled(round({ ...harness().context, store }));
    // Its connections report what they have counted when they end.
    await store.close();
    return (await count()) - before;
  };

  test("lock in one order: admins who change each other", async () => {
    const [one, two] = [await addPerson(harness(), "admin"), await addPerson(harness(), "admin")];
    const rename = (context: Context, by: Person, whom: Person) =>
      changeUser(context, actorOf(by, "admin"), whom.id, { name: crypto.randomUUID() });
    expect(await deadlocks((context) => [rename(context, one, two), rename(context, two, one)])).toBe(0);
  });

  test("lock in one order: an admin who changes somebody that books and invites the admin", async () => {
    const { context } = harness();
    const people = [await addPerson(harness(), "admin"), await addPerson(harness())] as const;
    const [boss, guest] = people;
    let hours = 0;
    const found = await deadlocks((with_) => [
      ...[1, 2, 3].map(() =>
        create(with_, actorOf(guest, "user"), {
          ...fields,
          ...slot(hours, ++hours),
          attendees: [{ email: boss.email, name: null }],
        }),
      ),
      ...people.map((person) =>
        changeUser(with_, actorOf(boss, "admin"), person.id, { name: crypto.randomUUID() }),
      ),
    ]);
    expect(found).toBe(0);
    expect(
      (await context.store.bookings.list(guest.organizationId, { ownerId: guest.id }, page)).rows,
    ).not.toEqual([]);
  });

  test("lock in one order: an admin who changes a resource, and books on it", async () => {
    const boss = await addPerson(harness(), "admin");
    const actor = actorOf(boss, "admin");
    const { context } = harness();
    const room = await createResource(context, actor, { ...roomFields, name: "Room" });
    let hours = 0;
    const found = await deadlocks((with_) => [
      ...[1, 2].map(() => create(with_, actor, { ...fields, ...slot(hours, ++hours), resourceId: room.id })),
      changeResource(with_, actor, room.id, { name: crypto.randomUUID() }),
      changeUser(with_, actor, boss.id, { name: crypto.randomUUID() }),
    ]);
    expect(found).toBe(0);
  });
});

async function moveOf(
  bench: Awaited<ReturnType<typeof workbench>>,
  booking: Booking,
  to: Resource,
): Promise<Change> {
  const { store } = bench;
  let change: Change | undefined;
  const commit = store.commit;
  store.commit = async (given) => {
    change = given;
    return "committed";
  };
  await bench.move(booking, to, slot(0, 1)).finally(() => {
    store.commit = commit;
  });
  if (!change) throw new Error("no change");
  return change;
}
