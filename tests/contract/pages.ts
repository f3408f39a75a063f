import { describe, expect, test } from "bun:test";
import type { BookingSort } from "../../src/ports/store.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { addOrganization, useHarness } from "../support/harness.ts";

export function pageSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("a list", () => {
    test.each(["startTime", "-startTime", "createdAt", "-createdAt"] as BookingSort[])(
      "by %s shows every row once, page by page, while rows are added",
      async (sort) => {
        const bench = await workbench(harness());
        const organizationId = bench.actor.organizationId;
        const room = await bench.resource({ capacity: 20 });
        const ids: string[] = [];
        // Several share an instant: then the id decides.
        for (let n = 0; n < 11; n++) ids.push((await bench.book(room, slot(n % 3, 5))).booking.id);
        const seen: string[] = [];
        let after: { value: Date; id: string } | undefined;
        for (;;) {
          const page = await bench.store.bookings.list(
            organizationId,
            { resourceId: room.id },
            { limit: 3, sort, after },
          );
          seen.push(...page.rows.map((row) => row.id));
          const last = page.rows.at(-1);
          if (!page.hasMore || !last) break;
          after = { value: sort.endsWith("startTime") ? last.startTime : last.createdAt, id: last.id };
          await bench.book(room, slot(sort.startsWith("-") ? 4 : 0, 5));
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(ids.filter((id) => !seen.includes(id))).toEqual([]);
      },
    );

    test.each(["startTime", "-startTime"] as BookingSort[])(
      "of an interval by %s has all that touches it, however long it is and whenever it began",
      async (sort) => {
        const bench = await workbench(harness());
        const room = await bench.resource({ capacity: 50 });
        const [from, to] = [slot(0, 1).startTime, slot(48, 49).startTime];
        const made: { id: string; startTime: Date; endTime: Date }[] = [];
        for (const [start, end] of [
          [-366 * 24 + 1, 1],
          [-366 * 24 + 2, 0],
          [-200 * 24, 60],
          [-60, -30],
          [-25, 1],
          [-24, 0.5],
          [-24, 0],
          [-2, 2],
          [0, 1],
          [3, 40 * 24],
          [47, 48],
          [48, 49],
        ] as [number, number][])
          made.push((await bench.book(room, slot(start, end))).booking);
        const down = sort === "-startTime";
        const wanted = made
          .filter((booking) => booking.startTime < to && booking.endTime > from)
          .sort(
            (a, b) =>
              (a.startTime.getTime() - b.startTime.getTime() || (a.id < b.id ? -1 : 1)) * (down ? -1 : 1),
          );
        for (const limit of [1, 2, 3, 4, 100]) {
          const seen: string[] = [];
          let after: { value: Date; id: string } | undefined;
          for (let more = true; more; ) {
            const filter = { resourceId: room.id, from, to };
            const page = await bench.store.bookings.list(bench.actor.organizationId, filter, {
              limit,
              sort,
              after,
            });
            const last = page.rows.at(-1);
            seen.push(...page.rows.map(({ id }) => id));
            more = page.hasMore;
            after = last && { value: last.startTime, id: last.id };
          }
          expect(seen).toEqual(wanted.map(({ id }) => id));
        }
      },
    );

    test("filters by time, status, owner and text", async () => {
      const bench = await workbench(harness());
      const { store, actor } = bench;
      const room = await bench.resource({ capacity: 20 });
      const { booking } = await bench.book(room, { ...slot(0, 2), title: "50% of A_b" });
      await bench.cancel((await bench.book(room, { ...slot(4, 6), title: "other" })).booking);
      const find = async (filter: object) => {
        const page = await store.bookings.list(
          actor.organizationId,
          { resourceId: room.id, ...filter },
          { limit: 9, sort: "startTime" },
        );
        return page.rows.map((row) => row.title);
      };
      expect(await find({ from: hour(2) })).toEqual(["other"]);
      expect(await find({ from: hour(1), to: hour(4) })).toEqual(["50% of A_b"]);
      expect(await find({ status: ["cancelled"] })).toEqual(["other"]);
      expect(await find({ ownerId: actor.userId })).toHaveLength(2);
      expect(await find({ q: "0% OF a_" })).toEqual(["50% of A_b"]);
      expect(await find({ q: "0_ of" })).toEqual([]);
      expect(booking.title).toBe("50% of A_b");
    });

    test("counts only when a numbered page is asked for", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 9 });
      for (let n = 0; n < 5; n++) await bench.book(room, slot(n, n + 1));
      const list = (page?: number) =>
        bench.store.bookings.list(
          bench.actor.organizationId,
          { resourceId: room.id },
          { limit: 2, sort: "startTime", page },
        );
      expect((await list()).total).toBeUndefined();
      const third = await list(3);
      expect([third.total, third.rows.length, third.hasMore]).toEqual([5, 1, false]);
    });

    test("of users and resources filters too", async () => {
      const bench = await workbench(harness());
      const { store, actor, person } = bench;
      await bench.resource({ name: "Aula" });
      const page = { limit: 50, sort: "createdAt" } as const;
      const rooms = await store.resources.list(actor.organizationId, { kind: "resource", q: "aul" }, page);
      expect(rooms.rows.map((r) => r.name)).toEqual(["Aula"]);
      const visible = await store.resources.list(
        actor.organizationId,
        { kind: "calendar", calendarsOf: person.id },
        page,
      );
      expect(visible.rows.map((r) => r.id)).toEqual([person.calendarId]);
      const users = await store.users.list(
        actor.organizationId,
        { q: person.email, role: "admin", status: "active" },
        page,
      );
      expect(users.rows.map((u) => u.id)).toEqual([person.id]);
      const other = await addOrganization(harness());
      expect((await store.users.list(other.id, {}, page)).rows).toEqual([]);
    });
  });
}
