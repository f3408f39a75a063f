import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import type { Event } from "../../src/domain/event.ts";
import { closeAccount, forgetPerson, redactBookingRow } from "../../src/domain/people/erasure.ts";
import type { User } from "../../src/domain/people/user.ts";
import { rewriteEvents } from "../../src/operations/users/rewrite-events.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const isolations = ["read committed", "repeatable read", "serializable"] as const;

/** What the database itself refuses once an account is closed, whoever asks and however. */
export function erasedSuite(engine: EngineName): void {
  const harness = useHarness(engine);
  const url = () => harness().database.url;
  const sql = (statement: string) => runSql(url(), statement);

  const open = async () => {
    const bench = await workbench(harness());
    const { store, newId } = harness().context;
    const person = await addPerson(harness());
    const user = async (): Promise<User> =>
      (await store.users.byId(person.organizationId, person.id)) ?? raise();
    const by = (now: Date) => ({ actor: { userId: person.id }, now, newId });
    const close = async () => {
      const change = closeAccount(by(hour(0)), await user()).change ?? raise();
      expect(await store.commit(change)).toBe("committed");
    };
    /** A booking of the person's, as an admin makes it. */
    const decide = (room: Parameters<typeof bench.decideBooking>[0], fields: object) => {
      const { booking, change } = bench.decideBooking(room, fields);
      const owned: Booking = { ...booking, ownerId: person.id };
      return { booking: owned, change: { ...change, insert: { ...change.insert, bookings: [owned] } } };
    };
    return { ...bench, store, newId, person, by, user, close, decide };
  };

  test("two erasures that rewrite the same events at once both have their way", async () => {
    const { store, resource, decide, person } = await open();
    const { booking, change } = decide(await resource(), slot(0, 1));
    await store.commit(change);
    const strike = (field: string) => (event: Event) => ({ ...event.data, [field]: "[erased]" });
    const { organizationId } = person;
    const rewrite = (field: string) =>
      rewriteEvents(
        store.erasure,
        { organizationId, subjectId: booking.id },
        strike(field) as (event: Event) => Event["data"],
      );
    const fields = ["one", "two", "three", "four"];
    await Promise.all(fields.map(rewrite));
    const { rows } = await store.events.ofSubject(organizationId, booking.id, { limit: 1, sort: "version" });
    expect(rows[0]?.data).toMatchObject(Object.fromEntries(fields.map((field) => [field, "[erased]"])));
  });

  describe("whose account is closed", () => {
    test("gets no booking and no moved one, and a cancel passes", async () => {
      const { store, resource, person, close, decide, move, cancel, book } = await open();
      const room = await resource();
      const [kept, lost] = [decide(room, slot(0, 1)), decide(room, slot(2, 3))];
      expect(await store.commit(kept.change)).toBe("committed");
      const others = (await book(await resource(), slot(0, 1))).booking;
      await close();
      expect(await store.commit(lost.change)).toBe("owner_erased");
      expect((await move(kept.booking, room, slot(4, 5))).outcome).toBe("owner_erased");
      expect((await move(kept.booking, room, { title: "Back" })).outcome).toBe("owner_erased");
      const { id } = kept.booking;
      for (const statement of [
        `update bookings set start_time = end_time where id = '${id}'`,
        `update bookings set title = 'Back' where id = '${id}'`,
        `update claims set resource_id = '${(await resource()).id}' where id = '${id}'`,
        `update bookings set owner_id = '${person.id}' where id = '${others.id}'`,
      ])
        await expect(sql(statement)).rejects.toThrow(/owner_erased|owner is erased/);
      expect((await cancel(kept.booking)).outcome).toBe("committed");
      for (const statement of [
        `update claims set blocking = ${engine !== "postgres" ? 1 : true} where id = '${id}'`,
        `update bookings set status = 'confirmed' where id = '${id}'`,
      ])
        await expect(sql(statement)).rejects.toThrow(/owner_erased|owner is erased/);
    });

    test("stays closed, and is marked as redacted only when nothing tells of them", async () => {
      const { by, store, resource, person, user, close, decide } = await open();
      const { booking, change } = decide(await resource(), slot(0, 1));
      expect(await store.commit(change)).toBe("committed");
      await close();
      for (const set of ["status = 'active'", "role = 'admin'", "name = 'Back'", "erased_at = null"])
        await expect(sql(`update users set ${set} where id = '${person.id}'`)).rejects.toThrow(
          /users_erased|account is erased/,
        );
      const mark = async (now: Date) => store.commit(forgetPerson(by(now), await user()));
      expect(await mark(hour(0))).toBe("stale");
      const redacted = redactBookingRow(by(hour(0)), booking, await user());
      expect(await store.commit(redacted ?? raise())).toBe("committed");
      // Its words are gone, and it is still ahead.
      expect(await mark(hour(0))).toBe("stale");
      expect(await mark(hour(1))).toBe("committed");
      expect(await user()).toMatchObject({ name: "[erased]", email: `erased:${person.id}` });
      await expect(
        sql(`update users set email = 'back@example.com' where id = '${person.id}'`),
      ).rejects.toThrow(/users_erased|account is erased/);
    });

    test("and an attendee's erasure that has read before is decided again: it names what is gone", async () => {
      const { by, store, resource, user, close, decide } = await open();
      const named = await addPerson(harness());
      const attendees = [{ email: named.email, name: null }];
      const { booking, change } = decide(await resource(), { ...slot(0, 1), attendees });
      expect(await store.commit(change)).toBe("committed");
      await close();
      const attendee = (await store.users.byId(named.organizationId, named.id)) ?? raise();
      const late = redactBookingRow(by(hour(0)), booking, attendee) ?? raise();
      const ours = redactBookingRow(by(hour(0)), booking, await user()) ?? raise();
      expect(await store.commit(ours)).toBe("committed");
      expect(await store.commit(late)).toBe("stale");
    });

    test("is named in no more bookings, until the address is free again", async () => {
      const { store, resource, person, close, decideBooking, move } = await open();
      const room = await resource();
      const attendees = [{ email: person.email, name: null }];
      const before = decideBooking(room, { ...slot(0, 1), attendees });
      expect(await store.commit(before.change)).toBe("committed");
      expect(await store.erasure.mentionsOf(person.organizationId, person.email, 9)).toEqual([
        before.booking.id,
      ]);
      await close();
      const after = decideBooking(room, { ...slot(2, 3), attendees });
      expect(await store.commit(after.change)).toBe("attendee_erased");
      // What names them already may be changed, and loses the name when it is redacted.
      const titled = await move(before.booking, room, { title: "Another" });
      expect(titled.outcome).toBe("committed");
      const without = await move(titled.booking, room, { attendees: [] });
      expect(without.outcome).toBe("committed");
      expect((await move(without.booking, room, { attendees })).outcome).toBe("attendee_erased");
    });

    test("gets no stored answer, and no network address in the audit", async () => {
      const { store, newId, person, close } = await open();
      const { organizationId, id } = person;
      const refused = (ip: string) => ({
        id: newId(),
        organizationId,
        actorId: id,
        code: "forbidden" as const,
        data: { code: "forbidden" as const, count: 1, ip },
        time: hour(0),
      });
      await store.audit.appendRefusals([refused("192.0.2.1")]);
      await close();
      await store.audit.appendRefusals([refused("192.0.2.2")]);
      const ips = async () =>
        (await sql(`select data from refusals where actor_id = '${id}' order by id`)).map(
          ({ data }) => (typeof data === "string" ? JSON.parse(data) : data).ip,
        );
      expect(await ips()).toEqual(["192.0.2.1", "[erased]"]);
      await store.erasure.forgetRequestsOf(id);
      expect(await ips()).toEqual(["[erased]", "[erased]"]);
      const receipt = { organizationId, callerId: id, key: "k", fingerprint: "f", status: 200, body: "{}" };
      const receipts = [{ ...receipt, location: null, etag: null, createdAt: hour(0) }];
      expect(await store.commit({ insert: { receipts } })).toBe("user_erased");
    });

    test("has an address that nobody else can take", async () => {
      const { store, person, user } = await open();
      const other = { ...(await user()), id: harness().context.newId(), email: `erased:${person.id}` };
      expect(await store.commit({ insert: { users: [other] } })).toBe("email_taken");
    });
  });

  if (engine !== "postgres") return;

  describe("closing an account while a booking of its owner is under way", () => {
    /** What a booking meets that has begun before its owner's account was closed, and is written after it. */
    const writeAfterClosing = async (isolation: string, mutant = "select 1"): Promise<string> => {
      const { by, store, resource, user, newId, decide } = await open();
      const { booking, change } = decide(await resource(), slot(0, 1));
      expect(await store.commit(change)).toBe("committed");
      const client = postgres(url(), { max: 1, onnotice: () => {} });
      try {
        await client.unsafe(`begin isolation level ${isolation}`);
        // Takes the snapshot before the account is closed.
        await client.unsafe("select count(*) from bookings");
        const closed = closeAccount(by(hour(0)), await user()).change ?? raise();
        expect(await store.commit(closed)).toBe("committed");
        await client.unsafe(mutant);
        const written = await client.unsafe(copyOf(booking.id, newId())).then(
          () => "written",
          (error: postgres.PostgresError) => error.code,
        );
        await client.unsafe("rollback");
        return written;
      } finally {
        await client.end({ timeout: 5 });
      }
    };

    for (const isolation of isolations)
      test(`${isolation}: the booking is refused`, async () => {
        const refused = isolation === "read committed" ? "23514" : "40001";
        expect(await writeAfterClosing(isolation)).toBe(refused);
      });

    test("the booking is written where the guard is gone (mutant)", async () => {
      // With a snapshot, the foreign key's own lock on the owner fails already.
      const mutant = "drop trigger bookings_owner_guard on bookings";
      expect(await writeAfterClosing("read committed", mutant)).toBe("written");
    });

    test("waits for the booking, which is then there to be cancelled", async () => {
      const { by, store, resource, user, person, newId, decide } = await open();
      const { booking, change } = decide(await resource(), slot(0, 1));
      expect(await store.commit(change)).toBe("committed");
      const client = postgres(url(), { max: 1, onnotice: () => {} });
      try {
        const id = newId();
        await client.unsafe("begin");
        await client.unsafe(copyOf(booking.id, id));
        const closed = closeAccount(by(hour(0)), await user()).change ?? raise();
        const closing = store.commit(closed).then((outcome) => [outcome, Date.now()] as const);
        for (;;) {
          const [waiting] = await sql(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          );
          if (waiting) break;
        }
        const written = Date.now();
        await client.unsafe("commit");
        const [outcome, at] = await closing;
        expect(outcome).toBe("committed");
        expect(at).toBeGreaterThanOrEqual(written);
        expect(await store.bookings.byId(person.organizationId, id)).not.toBeNull();
      } finally {
        await client.end({ timeout: 5 });
      }
    });
  });
}

/** Writes a booking by hand, like another one. */
function copyOf(booking: string, id: string): string {
  return `insert into bookings select (jsonb_populate_record(b, '{"id": "${id}"}')).*
    from bookings b where id = '${booking}'`;
}

function raise(): never {
  throw new Error("missing");
}
