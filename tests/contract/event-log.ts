import { describe, expect, test } from "bun:test";
import type { LogMark } from "../../src/ports/store.ts";
import { slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { foldBookings, wholeLog } from "../support/fold.ts";
import { addPerson, openHarness, useHarness } from "../support/harness.ts";
import { settled } from "../support/settled.ts";

export function eventLogSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("the event log", () => {
    test("folds up to the rows of the bookings", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource({ capacity: 3 });
      for (let n = 0; n < 8; n++) {
        const { booking } = await bench.book(room, slot(n, n + 1));
        const moved = n % 2 ? await bench.move(booking, room, { ...slot(n, n + 2), title: "Moved" }) : null;
        if (n % 3 === 0) await bench.cancel(moved?.booking ?? booking);
      }
      await settled(bench.store);
      const page = { limit: 100, sort: "createdAt" } as const;
      const { rows } = await bench.store.bookings.list(bench.actor.organizationId, {}, page);
      const folded = await foldBookings(bench.store);
      expect([...folded.values()].sort(byId)).toEqual(JSON.parse(JSON.stringify(rows)).sort(byId));
    });

    test("is read in pages, each event once and in commit order", async () => {
      const { store } = harness().context;
      await settled(store);
      const [inOnes, atOnce] = [await wholeLog(store, 1), await wholeLog(store, 10_000)];
      expect(inOnes.map((event) => event.id)).toEqual(atOnce.map((event) => event.id));
      expect(atOnce.length).toBeGreaterThan(10);
    });

    test("tells no secret", async () => {
      const events = await wholeLog(harness().context.store);
      expect(JSON.stringify(events)).not.toMatch(/passwordHash|argon2/);
    });
  });

  describe("what becomes visible in the log", () => {
    /** Looks on from a mark; what it says of another log is a fault here. */
    const lookFrom = async (mark: LogMark) => {
      const { events, ...seen } = await harness().context.store.events.visibleSince(mark);
      return { ...seen, subjects: events?.map(({ subjectId }) => subjectId) ?? raise() };
    };
    const now = async () => (await harness().context.store.events.visibleSince(null)).mark;

    test("is seen once, whatever else is open, and bookings are left out", async () => {
      const bench = await workbench(harness());
      const start = await now();
      expect((await lookFrom(start)).subjects).toEqual([]);
      const room = await bench.resource();
      await bench.book(room, slot(0, 1));
      const first = await lookFrom(start);
      expect(first.subjects).toEqual([room.id]);
      const second = await bench.resource();
      expect((await lookFrom(first.mark)).subjects).toEqual([second.id]);
      expect((await lookFrom((await lookFrom(first.mark)).mark)).subjects).toEqual([]);
    });

    test("is an event, as every other reader gets it", async () => {
      const bench = await workbench(harness());
      const start = await now();
      const room = await bench.resource();
      const [seen] = (await harness().context.store.events.visibleSince(start)).events ?? [];
      await settled(bench.store);
      const { position: _, ...read } =
        (await wholeLog(bench.store)).find(({ subjectId }) => subjectId === room.id) ?? raise();
      expect(seen).toEqual(read);
    });

    test("is unknown without a mark, and when the log is another one", async () => {
      const { events } = harness().context.store;
      const { mark, events: nothing } = await events.visibleSince(null);
      expect(nothing).toBeNull();
      const elsewhere = engine !== "postgres" ? `${Number(mark) + 1}` : `${mark.replace(/^\d+/, "1")}`;
      const seen = await events.visibleSince(elsewhere);
      expect(seen.events).toBeNull();
      expect((await lookFrom(seen.mark)).subjects).toEqual([]);
    });

    test("is unknown when it is too much to read at once", async () => {
      const { context, database } = harness();
      const start = await now();
      const one = await addPerson(harness());
      const like = `'user', ${engine !== "postgres" ? "'{}', 0" : "'{}'::jsonb, now()"}`;
      const [id, numbers] =
        engine !== "postgres"
          ? [
              "lower(hex(randomblob(16)))",
              "json_each('[' || rtrim(replace(hex(zeroblob(5001)), '00', '0,'), ',') || ']')",
            ]
          : ["gen_random_uuid()", "generate_series(1, 5001)"];
      await runSql(
        database.url,
        `insert into events (id, organization_id, subject_id, version, type, subject_type, data, time)
         select ${id}, '${one.organizationId}', ${id}, 1, 'user.created', ${like} from ${numbers}`,
      );
      const seen = await context.store.events.visibleSince(start);
      expect(seen.events).toBeNull();
      expect((await lookFrom(seen.mark)).subjects).toEqual([]);
    });
  });

  if (engine === "postgres") postgresSuite();

  /** What only a database with concurrent writers has to get right. */
  function postgresSuite(): void {
    test("the log shows nothing that an open transaction may still precede, and then all of it", async () => {
      const bench = await workbench(harness());
      const { SQL } = Bun;
      const late = new SQL(harness().database.url, { max: 1 });
      const organization = bench.actor.organizationId;
      const id = harness().context.newId();
      await late.unsafe("begin");
      await late.unsafe(`insert into events (id, organization_id, subject_type, subject_id, version, type, data, time)
        values ('${id}', '${organization}', 'user', '${id}', 1, 'user.created', '{}', now())`);
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 1));
      const before = await wholeLog(bench.store);
      expect(before.some((event) => event.subjectId === booking.id)).toBe(false);
      await late.unsafe("commit");
      await late.close();
      await settled(bench.store);
      const order = (await wholeLog(bench.store)).map((event) => event.subjectId);
      expect(order.indexOf(id)).toBeGreaterThanOrEqual(before.length);
      expect(order.indexOf(id)).toBeLessThan(order.indexOf(booking.id));
    });

    test("what an open transaction holds back is visible at once, and its own events when it ends", async () => {
      const bench = await workbench(harness());
      const { events } = harness().context.store;
      const look = async (mark: LogMark) => {
        const seen = await events.visibleSince(mark);
        const subjects = seen.events?.map(({ subjectId }) => subjectId) ?? raise();
        return { mark: seen.mark, subjects };
      };
      const late = new Bun.SQL(harness().database.url, { max: 1 });
      const insert = (id: string) => `insert into events
        (id, organization_id, subject_type, subject_id, version, type, data, time)
        values ('${id}', '${bench.actor.organizationId}', 'user', '${id}', 1, 'user.created', '{}', now())`;
      const ids = [Bun.randomUUIDv7(), Bun.randomUUIDv7(), Bun.randomUUIDv7()] as const;
      await late.unsafe("begin");
      await late.unsafe(insert(ids[0]));
      let { mark } = await events.visibleSince(null);
      // Within it: what a savepoint undoes is never seen, what it keeps is.
      await late.unsafe(`savepoint kept; ${insert(ids[1])}; release kept`);
      await late.unsafe(`savepoint undone; ${insert(ids[2])}; rollback to undone`);
      for (let n = 0; n < 3; n++) {
        const room = await bench.resource();
        const seen = await look(mark);
        expect(seen.subjects).toEqual([room.id]);
        mark = seen.mark;
      }
      expect(await events.unsettledSince()).not.toBeNull();
      await late.unsafe("commit");
      const after = await look(mark);
      expect(after.subjects.sort()).toEqual([ids[0], ids[1]].sort());
      expect((await look(after.mark)).subjects).toEqual([]);
      await late.close();
    });

    test("a mark from before the log's epoch changed, or the database, says nothing", async () => {
      const { url } = harness().database;
      const { events } = harness().context.store;
      const { mark } = await events.visibleSince(null);
      await runSql(url, "update log_epoch set epoch = epoch + 1");
      expect((await events.visibleSince(mark)).events).toBeNull();
      const { mark: ahead } = await events.visibleSince(null);
      // As after a recovery that lost transactions which had been seen: their ids are given out again.
      const [log, snapshot = ""] = ahead.split(" ");
      const [xmin, xmax] = snapshot.split(":");
      const seen = await events.visibleSince(`${log} ${xmin}:${BigInt(xmax ?? 0) + 1_000_000n}:`);
      expect(seen.events).toBeNull();
    });

    /** What is committed after its log was made to look like another server's, and read from where it ended before. */
    const newsAfter = async (change: (url: string) => Promise<void>) => {
      const other = await openHarness("postgres");
      const bench = await workbench(other);
      const { url } = other.database;
      await change(url);
      // Of what was there before nothing is lost, and where it ends is known to clients.
      const { openStore } = await import("../../db/open.ts");
      const reopened = await openStore(url, { pool: 1 });
      const before = await wholeLog(reopened);
      const [last] = await runSql(
        url,
        `select epoch || ':' || xid || ':' || seq as position from events order by epoch desc, xid desc, seq desc limit 1`,
      );
      const room = await bench.resource();
      await othersEnd(url);
      const news = await reopened.events.after(String(last?.position), 100);
      const whole = (await wholeLog(reopened)).length;
      await reopened.close();
      await other.close();
      return { room: room.id, news: news.map((event) => event.subjectId), gained: whole - before.length };
    };
    /** Waits for the transactions that are open now, of other tests too: they delay what is new. */
    const othersEnd = async (url: string) => {
      const [now] = await runSql(url, "select pg_current_xact_id()::text as xid");
      const isOver = `select pg_snapshot_xmin(pg_current_snapshot()) > '${now?.xid}'::xid8 as over`;
      while (!(await runSql(url, isOver))[0]?.over) await Bun.sleep(20);
    };
    const ofAnotherServer = (url: string) =>
      runSql(url, "update log_epoch set server_started_at = server_started_at - interval '1 hour'");
    /** As rows that were loaded from a cluster that had counted further than this one. */
    const fromFurtherOn = (url: string) =>
      runSql(
        url,
        `alter table events disable trigger user; update events set xid = '999999999999'::xid8;
         alter table events enable trigger user`,
      );

    test("a log that another server wrote to starts a new epoch with the next commit", async () => {
      const { room, news, gained } = await newsAfter(async (url) => void (await ofAnotherServer(url)));
      expect([news, gained]).toEqual([[room], 1]);
    });

    test("a log whose rows are ahead of this server starts a new epoch, and they stay visible and first", async () => {
      const { room, news, gained } = await newsAfter(async (url) => void (await fromFurtherOn(url)));
      expect([news, gained]).toEqual([[room], 1]);
    });

    test("without the comparison of transaction ids such a log hides what is new (mutant)", async () => {
      const { news } = await newsAfter(async (url) => {
        const [found] = await runSql(
          url,
          "select pg_get_functiondef('writable_log_epoch()'::regprocedure) as text",
        );
        const text = String(found?.text);
        const comparison = "last.xid >= pg_snapshot_xmax(pg_current_snapshot())";
        expect(text).toContain(comparison);
        await runSql(url, text.replace(comparison, "false"));
        await fromFurtherOn(url);
      });
      expect(news).toEqual([]);
    });

    for (const level of ["read committed", "repeatable read", "serializable"]) {
      test(`writers at ${level} begin one new epoch between them, for SQL by hand too`, async () => {
        const other = await openHarness("postgres");
        const bench = await workbench(other);
        const { url } = other.database;
        await ofAnotherServer(url);
        const insert = (
          id: string,
        ) => `insert into events (id, organization_id, subject_type, subject_id, version, type, data, time)
          values ('${id}', '${bench.actor.organizationId}', 'user', '${id}', 1, 'user.created', '{}', now())`;
        const { SQL } = Bun;
        const clients = [new SQL(url, { max: 1 }), new SQL(url, { max: 1 })] as const;
        for (const client of clients) {
          await client.unsafe(`begin isolation level ${level}`);
          // Its snapshot, from before the other one's commit.
          await client.unsafe("select count(*) from events");
        }
        await clients[0].unsafe(insert(crypto.randomUUID()));
        const second = clients[1].unsafe(insert(crypto.randomUUID())).then(
          () => "written",
          (error) => String(error.errno ?? error.code),
        );
        await clients[0].unsafe("commit");
        expect(await second).toBe(level === "read committed" ? "written" : "40001");
        await clients[1].unsafe(level === "read committed" ? "commit" : "rollback");
        await bench.resource();
        const [epochs] = await runSql(url, "select count(distinct epoch)::integer as n from events");
        expect(epochs?.n).toBe(2);
        for (const client of clients) await client.close();
        await other.close();
      });
    }
  }
}

function byId(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return String(a.id) < String(b.id) ? -1 : 1;
}

function raise(): never {
  throw new Error("missing");
}
