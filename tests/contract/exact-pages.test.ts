import { expect, test } from "bun:test";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import { walkPages } from "../../src/operations/walk-pages.ts";
import type { AuditEntry, AuditFilter } from "../../src/ports/audit.ts";
import type { Page, PageRequest } from "../../src/ports/page.ts";
import type { BookingFilter, BookingSort } from "../../src/ports/store.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

/** A page looks at so few rows here, where an installation's looks at 10,000. */
const maxLookedAt = 3;
const sorts: BookingSort[] = ["startTime", "-startTime", "createdAt", "-createdAt"];

onEveryEngine("with a short look, a list", (engine) => {
  const harness = useHarness(engine, { maxLookedAt });

  /** Numbered pages until there are no more; every one says the same total. */
  const numbered = async <T extends { id: string }>(read: (page: number) => Promise<Page<T>>) => {
    const ids: string[] = [];
    const totals = new Set<number | undefined>();
    for (let page = 1, more = true; more; page++) {
      const found = await read(page);
      ids.push(...found.rows.map(({ id }) => id));
      totals.add(found.total);
      more = found.hasMore;
    }
    return { ids, totals: [...totals] };
  };
  const exactly = (rows: { id: string }[]) => ({ ids: rows.map(({ id }) => id), totals: [rows.length] });

  const prepare = async () => {
    const home = await addOrganization(harness());
    const people = [
      await addPerson(harness(), "admin", home.id),
      await addPerson(harness(), "admin", home.id),
    ];
    const [bench, other] = [await workbench(harness(), people[0]), await workbench(harness(), people[1])];
    const rooms = [await bench.resource({ capacity: 50 }), await bench.resource({ capacity: 50 })] as const;
    const made: Booking[] = [];
    for (let n = 0; n < 24; n++) {
      harness().clock.advance(1_000);
      const by = n % 3 === 0 ? other : bench;
      const length = n % 4 === 0 ? 60 : 2;
      const title = n > 20 ? "needle" : "common";
      const { booking } = await by.book(rooms[n % 2] ?? rooms[0], {
        ...slot((n * 7) % 24, ((n * 7) % 24) + length),
        title,
      });
      made.push(n % 5 > 2 ? (await by.cancel(booking)).booking : booking);
    }
    return { home, people, bench, rooms, made };
  };

  test("of bookings has exact numbered pages, whatever it is filtered by", async () => {
    const { home, people, rooms, made } = await prepare();
    const [ownerId, resourceId] = [people[1]?.id, rooms[0].id];
    const [from, to] = [hour(9), hour(16)];
    const status: BookingFilter["status"] = ["cancelled"];
    const filters: BookingFilter[] = [
      {},
      { status },
      { from },
      { from, to },
      { ownerId, status },
      { resourceId, status },
      { ownerId, resourceId },
      { from, to, status: ["confirmed"] },
      { ownerId, resourceId, from, to: hour(20), status: ["confirmed", "cancelled"] },
    ];
    const { store } = harness().context;
    for (const filter of filters)
      for (const sort of sorts) {
        const time = ({ startTime, createdAt }: Booking) =>
          sort.endsWith("startTime") ? startTime : createdAt;
        const wanted = made
          .filter(
            (each) =>
              (!filter.status || filter.status.includes(each.status)) &&
              (!filter.ownerId || filter.ownerId === each.ownerId) &&
              (!filter.resourceId || filter.resourceId === each.resourceId) &&
              (!filter.from || each.endTime > filter.from) &&
              (!filter.to || each.startTime < filter.to),
          )
          .sort((a, b) => time(a).getTime() - time(b).getTime() || (a.id < b.id ? -1 : 1));
        if (sort.startsWith("-")) wanted.reverse();
        const found = await numbered((page) =>
          store.bookings.list(home.id, filter, { limit: 2, sort, page }),
        );
        expect([filter, sort, found]).toEqual([filter, sort, exactly(wanted)]);
      }
  });

  test("looks for a text among the first that the other filters leave, and counts no others", async () => {
    const { home, made } = await prepare();
    const { store } = harness().context;
    const find = (filter: BookingFilter, sort: BookingSort) =>
      numbered((page) => store.bookings.list(home.id, filter, { limit: 2, sort, page }));
    const [first, second, last] = made.slice(21) as [Booking, Booking, Booking];
    expect(await find({ q: "needle" }, "-createdAt")).toEqual(exactly([last, second, first]));
    expect(await find({ q: "needle" }, "createdAt")).toEqual(exactly([]));
    const cancelled = made.filter(({ status }) => status === "cancelled").length;
    expect([cancelled, last.status]).toEqual([9, "cancelled"]);
    expect(await find({ q: "common", status: ["cancelled"] }, "createdAt")).toMatchObject({ totals: [3] });
    expect(await find({ q: "common", from: hour(9) }, "startTime")).toMatchObject({ totals: [3] });
  });

  test("of bookings walks to a rare status at once, and to a rare text step by step", async () => {
    const { home, made } = await prepare();
    const { store } = harness().context;
    const wanted = made.filter(({ status }) => status === "cancelled").map(({ id }) => id);
    const at = { limit: 50, sort: "createdAt" } as const;
    const page = await store.bookings.list(home.id, { status: ["cancelled"] }, at);
    expect([page.rows.map(({ id }) => id), page.hasMore, page.lookedTo]).toEqual([wanted, false, undefined]);
    for (const filter of [{ q: "needle" }, { q: "needle", from: hour(0) }]) {
      const step = await store.bookings.list(home.id, filter, at);
      expect([step.rows, step.hasMore, step.lookedTo?.id]).toEqual([[], true, made[2]?.id]);
    }
    const both = { q: "needle", from: hour(9) };
    for (const sort of sorts) {
      const seen: string[] = [];
      let after: PageRequest<BookingSort>["after"];
      for (let more = true; more; ) {
        const step = await store.bookings.list(home.id, both, { limit: 1, sort, after });
        seen.push(...step.rows.map(({ id }) => id));
        const end = step.rows.at(-1);
        after =
          step.lookedTo ??
          (end && { value: sort.endsWith("startTime") ? end.startTime : end.createdAt, id: end.id });
        more = step.hasMore;
      }
      const needles = made.filter(({ title, endTime }) => title === "needle" && endTime > both.from);
      expect([sort, seen.sort()]).toEqual([sort, needles.map(({ id }) => id).sort()]);
    }
  });

  test("looks for a text among a bounded number of rows, also where no index finds what else it is filtered by", async () => {
    const { home, made } = await prepare();
    for (let n = 0; n < 2; n++) await addPerson(harness(), "user", home.id);
    const { bookings, resources, users } = harness().context.store;
    const at = { limit: 50, sort: "createdAt" } as const;
    const status: BookingFilter["status"] = ["cancelled"];
    const steps = [
      await bookings.list(home.id, { q: "needle", status }, at),
      await bookings.list(home.id, { q: "needle", status }, { ...at, sort: "startTime" }),
      await users.list(home.id, { q: "nobody", role: "user" }, at),
      await users.list(home.id, { q: "nobody", status: "disabled" }, at),
      await resources.list(home.id, { q: "nothing", kind: "resource" }, at),
    ];
    expect(steps.map(({ rows, hasMore }) => [rows.length, hasMore])).toEqual(steps.map(() => [0, true]));
    const byStart = [...made].sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    const third = [made[2]?.id, byStart[2]?.id];
    expect(steps.slice(0, 2).map(({ lookedTo }) => lookedTo?.id)).toEqual(third);
  });

  test("of resources and users comes to its rare kinds and roles at once, and has exact numbered pages", async () => {
    const home = await addOrganization(harness());
    const { store } = harness().context;
    const people = [];
    for (let n = 0; n < 10; n++) {
      harness().clock.advance(1_000);
      people.push(await addPerson(harness(), n > 7 ? "admin" : "user", home.id));
    }
    const bench = await workbench(harness(), people[9]);
    const rooms = [await bench.resource({ name: "First" }), await bench.resource({ name: "Second" })];
    const ids = people.map(({ id }) => ({ id }));
    const disabled = ids.slice(5, 8);
    const list = disabled.map(({ id }) => `'${id}'`).join(", ");
    await runSql(harness().database.url, `update users set status = 'disabled' where id in (${list})`);
    const own = { id: people[6]?.calendarId ?? "" };
    const calendars = people.map(({ calendarId }) => ({ id: calendarId }));
    const at = { limit: 2, sort: "createdAt" } as const;
    const resources = [
      [{ kind: "resource" }, rooms],
      [{ calendarsOf: people[6]?.id }, [own, ...rooms]],
      [{ kind: "calendar", calendarsOf: people[6]?.id }, [own]],
      [{ kind: "calendar" }, calendars],
    ] as const;
    const users = [
      [{ role: "admin" }, ids.slice(8)],
      [{ status: "disabled" }, disabled],
      [{ role: "user", status: "active" }, ids.slice(0, 5)],
    ] as const;
    const lists = [
      ...resources.map(
        ([filter, wanted]) =>
          [
            filter,
            wanted,
            (page: object) => store.resources.list(home.id, filter, { ...at, ...page }),
          ] as const,
      ),
      ...users.map(
        ([filter, wanted]) =>
          [filter, wanted, (page: object) => store.users.list(home.id, filter, { ...at, ...page })] as const,
      ),
    ];
    for (const [filter, wanted, read] of lists) {
      const first = await read({ limit: 50 });
      const shown = first.rows.map(({ id }: { id: string }) => id).sort();
      expect([filter, shown, first.hasMore]).toEqual([filter, wanted.map(({ id }) => id).sort(), false]);
      const found = await numbered<{ id: string }>((page) => read({ page }));
      expect([filter, found.ids.sort(), found.totals]).toEqual([filter, shown, [wanted.length]]);
    }
  });

  test("of the audit has exact numbered pages, and looks step by step with a cursor", async () => {
    const { home, people, made } = await prepare();
    const { store } = harness().context;
    const at = { limit: 2, sort: "-time" } as const;
    const actorId = people[1]?.id;
    const count = made.filter(({ ownerId }) => ownerId === actorId).length;
    const found = await numbered((page) =>
      store.audit.list(home.id, { type: "booking.created", actorId }, { ...at, page }),
    );
    expect([new Set(found.ids).size, found.totals]).toEqual([count, [count]]);
    const step = await store.audit.list(home.id, { type: "organization.created" }, at);
    expect([step.rows.length, step.hasMore, step.lookedTo !== undefined]).toEqual([0, true, true]);
  });

  test("of the audit is in order and whole, by cursor and by number, whatever it is filtered by", async () => {
    const { home, people, made } = await prepare();
    const { context, clock } = harness();
    const { store, newId } = context;
    const [first, second] = people.map(({ id }) => id);
    const code = "forbidden";
    for (let n = 0; n < 9; n++) {
      // Some at one instant: then the id decides.
      if (n % 3 === 0) clock.advance(1_000);
      const actorId = [first, second, null][n % 3] ?? null;
      const data = { code, count: n, ip: "::1" } as const;
      await store.audit.appendRefusals([
        { id: newId(), organizationId: home.id, actorId, code, data, time: clock.now() },
      ]);
    }
    const at = { limit: 4, sort: "-time" } as const;
    const all = (await store.audit.list(home.id, {}, { ...at, limit: 500 })).rows;
    const key = ({ time, id }: AuditEntry) => `${time.toISOString()} ${id}`;
    expect(all.map(key)).toEqual(all.map(key).sort().reverse());
    const versioned = `select count(*) as n from events where organization_id = '${home.id}' and version is not null`;
    expect(all).toHaveLength(Number((await runSql(harness().database.url, versioned))[0]?.n) + 9);
    const [from, to] = [made[4]?.createdAt, made[20]?.createdAt];
    const parts: AuditFilter[][] = [
      [{}, { actorId: second }],
      [{}, { subjectId: made[8]?.id }],
      [{}, { type: "booking.created" }, { type: "request.refused" }],
      [{}, { from }, { to }, { from, to }],
    ];
    const filters = parts.reduce((some, part) => some.flatMap((a) => part.map((b) => ({ ...a, ...b }))));
    for (const filter of filters) {
      const wanted = all.filter(
        (entry) =>
          (!filter.actorId || entry.actorId === filter.actorId) &&
          (!filter.subjectId || entry.subjectId === filter.subjectId) &&
          (!filter.type || entry.type === filter.type) &&
          (!filter.from || entry.time >= filter.from) &&
          (!filter.to || entry.time < filter.to),
      );
      const read = (page: object) => store.audit.list(home.id, filter, { ...at, ...page });
      expect([filter, await numbered((page) => read({ page }))]).toEqual([filter, exactly(wanted)]);
      const walked: AuditEntry[] = [];
      for await (const rows of walkPages(at, read, ({ time }) => time)) walked.push(...rows);
      expect([filter, walked]).toEqual([filter, wanted]);
    }
  });
});
