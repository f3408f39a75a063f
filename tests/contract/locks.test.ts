import { expect, test } from "bun:test";
import postgres from "postgres";
import { commitStatement } from "../../db/engines/commit-sql.ts";
import { openPostgres } from "../../db/engines/postgres.ts";
import type { Booking } from "../../src/domain/booking.ts";
import type { Change } from "../../src/domain/change.ts";
import type { Resource } from "../../src/domain/resource.ts";
import { slot, workbench } from "../support/changes.ts";
import { describeOnPostgres } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";

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
    const { moving, taking } = await cross(held, "id in (\n      select resource_id");
    expect([moving, taking]).toContain("40P01");
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
