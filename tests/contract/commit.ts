import { describe, expect, test } from "bun:test";
import { nobody } from "../../src/domain/actor.ts";
import { type Change, mergeChanges } from "../../src/domain/change.ts";
import { changeUser, endAllSessions } from "../../src/domain/people/user.ts";
import { hour, slot, workbench } from "../support/changes.ts";
import type { EngineName } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

const firstPage = { limit: 10, sort: "version" } as const;

export function commitSuite(engine: EngineName): void {
  const harness = useHarness(engine);

  describe("a commit", () => {
    test("writes all of a change: row, claim, event and receipt", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const decided = bench.decideBooking(room, { title: "Þing 🗓️", metadata: { a: 1, b: true, c: "x" } });
      const receipt = {
        organizationId: bench.actor.organizationId,
        callerId: bench.person.id,
        key: "k",
        fingerprint: "f",
        status: 201,
        body: "{}",
        location: null,
        etag: '"1"',
        createdAt: hour(0),
      };
      const change = mergeChanges(decided.change, { insert: { receipts: [receipt] } });
      expect(await bench.store.commit(change)).toBe("committed");
      expect(await bench.store.bookings.byId(bench.actor.organizationId, decided.booking.id)).toEqual(
        decided.booking,
      );
      expect(await bench.store.resources.busy(room.id, slot(0, 1))).toHaveLength(1);
      const { rows } = await bench.store.events.ofSubject(
        bench.actor.organizationId,
        decided.booking.id,
        firstPage,
      );
      const [event] = rows;
      expect(event?.data).toEqual({ booking: JSON.parse(JSON.stringify(decided.booking)) });
      expect(await bench.store.receipts.find(bench.person.id, "k")).toEqual(receipt);
    });

    test("that rests on somebody's credentials is refused whole once they have changed", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const { userId, organizationId } = bench.actor;
      const user = await bench.store.users.byId(organizationId, userId);
      if (!user) throw new Error("missing");
      const requires = [{ userId, credentialGeneration: user.credentialGeneration }];
      const first = bench.decideBooking(room, slot(0, 1));
      expect(await bench.store.commit({ ...first.change, requires })).toBe("committed");
      const by = { actor: nobody, now: hour(0), newId: Bun.randomUUIDv7 };
      await bench.commit(endAllSessions(by, user));
      const second = bench.decideBooking(room, slot(1, 2));
      expect(await bench.store.commit({ ...second.change, requires })).toBe("credentials_changed");
      expect(await bench.store.bookings.byId(organizationId, second.booking.id)).toBeNull();
      expect(await bench.store.commit(second.change)).toBe("committed");
    });

    test("writes nothing of a change that a guard refuses", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      await bench.book(room, slot(0, 2));
      const loser = await bench.book(room, slot(1, 3));
      expect(loser.outcome).toBe("slot_taken");
      expect(await bench.store.bookings.byId(bench.actor.organizationId, loser.booking.id)).toBeNull();
      const events = await bench.store.events.ofSubject(
        bench.actor.organizationId,
        loser.booking.id,
        firstPage,
      );
      expect(events.rows).toEqual([]);
    });

    test("asked for at once with others is whole by itself: what a guard refuses costs the others nothing", async () => {
      const bench = await workbench(harness());
      const [room, other] = [await bench.resource(), await bench.resource()];
      await bench.book(room, slot(0, 2));
      const decided = [
        bench.decideBooking(room, slot(4, 5)),
        bench.decideBooking(room, slot(1, 3)),
        bench.decideBooking(other, slot(1, 3)),
        bench.decideBooking(room, slot(4, 5)),
        bench.decideBooking(other, slot(6, 7)),
      ];
      const outcomes = await Promise.all(decided.map(({ change }) => bench.store.commit(change)));
      expect(outcomes.filter((outcome) => outcome === "slot_taken")).toHaveLength(2);
      for (const [n, { booking }] of decided.entries()) {
        const kept = await bench.store.bookings.byId(bench.actor.organizationId, booking.id);
        expect(kept).toEqual(outcomes[n] === "committed" ? booking : null);
      }
      expect(await bench.store.resources.busy(room.id, slot(4, 5))).toHaveLength(1);
    });

    test("that can't be written at all fails alone", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const [good, bad] = [bench.decideBooking(room, slot(0, 1)), bench.decideBooking(room, slot(2, 3))];
      const stray = { ...bad.booking, ownerId: Bun.randomUUIDv7() };
      const [one, two] = await Promise.allSettled([
        bench.store.commit({ ...bad.change, insert: { ...bad.change.insert, bookings: [stray] } }),
        bench.store.commit(good.change),
      ]);
      expect([one.status, two]).toEqual(["rejected", { status: "fulfilled", value: "committed" }]);
      expect(await bench.store.resources.busy(room.id, slot(0, 9))).toHaveLength(1);
    });

    test("is stale for the second of two changes that were decided on the same version", async () => {
      const bench = await workbench(harness());
      const room = await bench.resource();
      const { booking } = await bench.book(room, slot(0, 1));
      expect((await bench.move(booking, room, slot(4, 5))).outcome).toBe("committed");
      expect((await bench.move(booking, room, slot(7, 8))).outcome).toBe("stale");
      const kept = await bench.store.bookings.byId(bench.actor.organizationId, booking.id);
      expect(kept?.startTime).toEqual(hour(4));
      expect(await bench.store.resources.busy(room.id, slot(7, 8))).toEqual([]);
    });

    test("refuses a second receipt of a caller's key and keeps its booking out", async () => {
      const bench = await workbench(harness());
      const receipt = {
        organizationId: bench.actor.organizationId,
        callerId: bench.person.id,
        key: "same",
        fingerprint: "f",
        status: 201,
        body: "{}",
        location: null,
        etag: null,
        createdAt: hour(0),
      };
      const [first, second] = [await bench.resource(), await bench.resource()].map((room) =>
        bench.decideBooking(room, {}),
      );
      const kept = { insert: { receipts: [receipt] } };
      const commit = (change: Change | undefined) => bench.store.commit(mergeChanges(change ?? null, kept));
      expect(await commit(first?.change)).toBe("committed");
      expect(await commit(second?.change)).toBe("receipt_exists");
      expect(
        await bench.store.bookings.byId(bench.actor.organizationId, second?.booking.id ?? ""),
      ).toBeNull();
    });

    test("keeps emails unique in the installation, across organizations", async () => {
      const bench = await workbench(harness());
      const other = await addOrganization(harness());
      const stranger = await addPerson(harness(), "user", other.id);
      const found = await bench.store.users.byEmail(stranger.email);
      expect(found?.id).toBe(stranger.id);
      const copy = {
        ...(found ?? raise()),
        id: harness().context.newId(),
        organizationId: bench.actor.organizationId,
      };
      expect(await bench.store.commit({ insert: { users: [copy] } })).toBe("email_taken");
    });

    test("never takes the last active admin of an organization, also not from two who demote one another", async () => {
      const { context } = harness();
      const other = await addOrganization(harness());
      const admins = [
        await addPerson(harness(), "admin", other.id),
        await addPerson(harness(), "admin", other.id),
      ];
      const demote = async (id: string) => {
        const user = (await context.store.users.byId(other.id, id)) ?? raise();
        const by = { actor: nobody, now: hour(0), newId: context.newId };
        const changed = changeUser(by, user, { patch: { role: "user" } });
        return context.store.commit(changed.change ?? raise());
      };
      const outcomes = await Promise.all(admins.map((admin) => demote(admin.id)));
      expect(outcomes.sort()).toEqual(["committed", "last_admin"]);
    });

    test("a setting keeps the first value that was given", async () => {
      const { store } = harness().context;
      expect(await store.settingOnce("s", "first")).toBe("first");
      expect(await store.settingOnce("s", "second")).toBe("first");
    });
  });
}

function raise(): never {
  throw new Error("missing");
}
