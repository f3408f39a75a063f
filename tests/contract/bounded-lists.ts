import { describe, expect, test } from "bun:test";
import { maxLookedAt } from "../../db/store/page.ts";
import type { BookingFilter, BookingSort } from "../../src/ports/store.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

/** Copies of a booking, an hour apart and made a minute apart. */
function copies(engine: EngineName, id: string, many: number): string {
  const columns = `organization_id, owner_id, resource_id, title, description, location, status, quantity, attendees,
    metadata, version, updated_at`;
  return engine === "postgres"
    ? `insert into bookings (id, start_time, end_time, created_at, ${columns})
       select gen_random_uuid(), start_time + n * interval '1 hour', end_time + n * interval '1 hour',
         created_at + n * interval '1 minute', ${columns} from bookings, generate_series(1, ${many}) as n where id = '${id}'`
    : `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${many})
       insert into bookings (id, start_time, end_time, created_at, ${columns})
       select lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' ||
           substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
         start_time + n * 3600000, end_time + n * 3600000, created_at + n * 60000, ${columns}
       from bookings, numbers where id = '${id}'`;
}

export function boundedListSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("a list of many", () => {
    const many = Math.floor(2.5 * maxLookedAt);
    const prepare = async () => {
      const home = await addOrganization(harness());
      const person = await addPerson(harness(), "admin", home.id);
      const bench = await workbench(harness(), person);
      const room = await bench.resource({ capacity: 9 });
      const { booking } = await bench.book(room, { ...slot(0, 1), title: "common" });
      await runSql(harness().database.url, copies(engine, booking.id, many));
      const far = await bench.book(room, { ...slot(many - 3, many - 2), title: "needle" });
      const near = await bench.book(room, { ...slot(5, 6), title: "needle" });
      return { bench, found: [near.booking.id, far.booking.id] };
    };
    const walk = async (
      { store, actor }: Awaited<ReturnType<typeof workbench>>,
      filter: BookingFilter,
      sort: BookingSort,
    ) => {
      const [seen, sizes]: [string[], number[]] = [[], []];
      let after: { value: Date | number; id: string } | undefined;
      for (let more = true; more; ) {
        const page = await store.bookings.list(actor.organizationId, filter, { limit: 5, sort, after });
        seen.push(...page.rows.map(({ id }) => id));
        sizes.push(page.rows.length);
        const last = page.rows.at(-1);
        after =
          page.lookedTo ??
          (last && { value: sort.endsWith("startTime") ? last.startTime : last.createdAt, id: last.id });
        more = page.hasMore;
      }
      return { seen, sizes };
    };

    test("finds what is rare, page by page, each of a bounded look", async () => {
      const { bench, found } = await prepare();
      const byStart = await walk(bench, { q: "needle" }, "startTime");
      expect([byStart.seen, byStart.sizes]).toEqual([found, [1, 0, 1]]);
      const down = await walk(bench, { q: "needle" }, "-startTime");
      expect(down.seen).toEqual([...found].reverse());
      expect(down.sizes).toHaveLength(3);
      const from = await walk(bench, { q: "needle", from: hour(2) }, "startTime");
      expect([from.seen, from.sizes.length]).toEqual([found, 3]);
      const none = await walk(bench, { status: ["cancelled"] }, "-createdAt");
      expect([none.seen, none.sizes]).toEqual([[], [0]]);
      const numbered = await bench.store.bookings.list(
        bench.actor.organizationId,
        { q: "needle" },
        { limit: 5, sort: "startTime", page: 1 },
      );
      expect([numbered.rows.length, numbered.total]).toEqual([1, 1]);
    });

    test("of an interval in the order of creation is whole in one page, and bounded where the interval is wide", async () => {
      const { bench } = await prepare();
      const week = { from: hour(100), to: hour(268) };
      const { rows } = await bench.store.bookings.list(bench.actor.organizationId, week, {
        limit: 100,
        sort: "-createdAt",
      });
      expect(rows).toHaveLength(100);
      expect(rows[0]?.startTime).toEqual(hour(267));
      const all = await walk(bench, week, "createdAt");
      expect(new Set(all.seen).size).toBe(168);
      expect(all.seen).toHaveLength(168);
      const wide = await walk(bench, { from: hour(many - 4_000), q: "needle" }, "createdAt");
      expect(wide.seen).toHaveLength(1);
    });
  });
}
