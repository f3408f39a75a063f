import { describe, expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const body = { title: "Review", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
const at = (hour: number) => `2027-06-01T${String(hour).padStart(2, "0")}:00:00.000Z`;

onEveryEngine("bookings", (engine) => {
  const harness = useHarness(engine);
  const userWithRoom = async (capacity = 1) => {
    const [admin, user] = [await addPerson(harness(), "admin"), await addPerson(harness())];
    const room = await as(harness(), admin)("POST", "/api/resources", { name: "Room", capacity });
    return {
      admin: as(harness(), admin),
      user: as(harness(), user),
      person: user,
      resourceId: room.body.id as string,
    };
  };

  describe("POST", () => {
    test("books one's own calendar when no resource is named, at both names of the collection", async () => {
      const person = await addPerson(harness());
      const call = as(harness(), person);
      const made = await call("POST", "/api/booking", { ...body, startTime: "2027-06-01T12:00:00+02:00" });
      expect(made.status).toBe(201);
      expect(made.headers.get("location")).toBe(`/api/bookings/${made.body.id}`);
      expect(made.headers.get("etag")).toBe('"1"');
      expect(made.body).toMatchObject({
        resourceId: person.calendarId,
        ownerId: person.id,
        startTime: "2027-06-01T10:00:00.000Z",
        status: "confirmed",
        quantity: 1,
        version: 1,
        attendees: [],
        metadata: {},
        description: null,
      });
      for (const name of ["booking", "bookings"]) {
        expect((await call("GET", `/api/${name}/${made.body.id}`)).body).toEqual(made.body);
      }
    });

    test("tells what stands in the way and what is free, and whose it is only to those who may know", async () => {
      const { admin, user, resourceId } = await userWithRoom();
      const mine = await admin("POST", "/api/bookings", { ...body, resourceId, title: "Secret" });
      const refused = await user("POST", "/api/bookings", { ...body, resourceId });
      expect(refused.status).toBe(409);
      expect(refused.headers.get("content-type")).toBe("application/problem+json");
      expect(refused.body).toMatchObject({
        type: "/problems/slot_taken",
        code: "slot_taken",
        conflicts: [{ resourceId, startTime: at(10), endTime: at(11) }],
        alternatives: [
          { startTime: at(11), endTime: at(12) },
          { startTime: at(9), endTime: at(10) },
          { startTime: at(12), endTime: at(13) },
        ],
      });
      expect(refused.text).not.toContain("Secret");
      const told = await admin("POST", "/api/bookings", { ...body, resourceId });
      expect(told.body.conflicts[0]).toMatchObject({ bookingId: mine.body.id, title: "Secret" });
    });

    test("sells a capacity in quantities, and no more", async () => {
      const { user, resourceId } = await userWithRoom(5);
      expect((await user("POST", "/api/bookings", { ...body, resourceId, quantity: 3 })).status).toBe(201);
      const refused = await user("POST", "/api/bookings", { ...body, resourceId, quantity: 3 });
      expect([refused.status, refused.body.detail]).toEqual([
        409,
        "2 of 5 are free for this time, and the quantity is 3.",
      ]);
      expect((await user("POST", "/api/bookings", { ...body, resourceId, quantity: 2 })).status).toBe(201);
      const tooMany = await user("POST", "/api/bookings", { ...body, resourceId, quantity: 6 });
      expect([tooMany.status, tooMany.body.errors[0].pointer]).toEqual([400, "/quantity"]);
    });

    test("refuses a resource or an owner that is not the caller's to use, unknown or not: the same answer", async () => {
      const { user, admin, person } = await userWithRoom();
      const other = await addPerson(harness());
      const theirs = await user("POST", "/api/bookings", { ...body, resourceId: other.calendarId });
      const unknown = await user("POST", "/api/bookings", { ...body, resourceId: crypto.randomUUID() });
      expect([theirs.status, theirs.body.errors]).toEqual([400, unknown.body.errors]);
      expect(theirs.body.errors[0].pointer).toBe("/resourceId");
      expect((await user("POST", "/api/bookings", { ...body, ownerId: other.id })).status).toBe(403);
      const nobody = await admin("POST", "/api/bookings", { ...body, ownerId: crypto.randomUUID() });
      expect([nobody.status, nobody.body.errors[0].pointer]).toEqual([400, "/ownerId"]);
      const forThem = await admin("POST", "/api/bookings", { ...body, ownerId: person.id });
      expect(forThem.body).toMatchObject({ ownerId: person.id, resourceId: person.calendarId });
    });
  });

  describe("PATCH", () => {
    test("moves in one step, keeps the old slot when the new one is taken, and says what changed it", async () => {
      const { user, resourceId } = await userWithRoom();
      const first = await user("POST", "/api/bookings", { ...body, resourceId });
      await user("POST", "/api/bookings", { ...body, resourceId, startTime: at(13), endTime: at(14) });
      const path = `/api/bookings/${first.body.id}`;
      expect((await user("PATCH", path, { startTime: at(13), endTime: at(14) })).status).toBe(409);
      expect((await user("GET", path)).body.startTime).toBe(at(10));
      const moved = await user("PATCH", path, { endTime: at(12), title: "Longer" });
      expect(moved.body).toMatchObject({ startTime: at(10), endTime: at(12), title: "Longer", version: 2 });
      expect(moved.headers.get("etag")).toBe('"2"');
    });

    test("clears with null, replaces metadata whole, and leaves the version when nothing differs", async () => {
      const { user } = await userWithRoom();
      const made = await user("POST", "/api/bookings", {
        ...body,
        location: "Here",
        metadata: { a: 1, b: 2 },
      });
      const path = `/api/bookings/${made.body.id}`;
      const changed = await user("PATCH", path, { location: null, metadata: { b: 3 } });
      expect(changed.body).toMatchObject({ location: null, metadata: { b: 3 }, version: 2 });
      expect((await user("PATCH", path, { metadata: { b: 3 } })).body.version).toBe(2);
    });

    test("checks one end against the stored other", async () => {
      const { user } = await userWithRoom();
      const made = await user("POST", "/api/bookings", body);
      const refused = await user("PATCH", `/api/bookings/${made.body.id}`, { endTime: at(9) });
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, "/endTime"]);
      const long = await user("PATCH", `/api/bookings/${made.body.id}`, { endTime: "2029-01-01T00:00:00Z" });
      expect([long.status, long.body.errors[0].pointer]).toEqual([400, "/endTime"]);
    });

    test("with If-Match applies to that version alone", async () => {
      const { user } = await userWithRoom();
      const made = await user("POST", "/api/bookings", body);
      const path = `/api/bookings/${made.body.id}`;
      expect((await user("PATCH", path, { title: "A" }, { "If-Match": '"1"' })).status).toBe(200);
      const late = await user("PATCH", path, { title: "B" }, { "If-Match": '"1"' });
      expect([late.status, late.body.code]).toEqual([412, "version_mismatch"]);
      expect((await user("PATCH", path, { title: "B" }, { "If-Match": "*" })).status).toBe(200);
      expect((await user("DELETE", path, undefined, { "If-Match": '"1"' })).status).toBe(412);
      expect((await user("POST", `${path}/cancel`, {}, { "If-Match": '"1"' })).status).toBe(412);
    });
  });

  describe("cancelling", () => {
    test("frees the slot, says why, and can be said again", async () => {
      const { user, resourceId } = await userWithRoom();
      const made = await user("POST", "/api/bookings", { ...body, resourceId });
      const path = `/api/bookings/${made.body.id}`;
      const cancelled = await user("POST", `${path}/cancel`, { reason: "Ill" });
      expect(cancelled.body).toMatchObject({ status: "cancelled", cancellationReason: "Ill", version: 2 });
      expect(cancelled.body.cancelledAt).toBe(harness().clock.now().toISOString());
      expect((await user("POST", `${path}/cancel`)).body).toEqual(cancelled.body);
      expect((await user("DELETE", path)).status).toBe(204);
      expect((await user("DELETE", path)).status).toBe(204);
      expect((await user("POST", "/api/bookings", { ...body, resourceId })).status).toBe(201);
    });

    test("is for good", async () => {
      const { user } = await userWithRoom();
      const made = await user("POST", "/api/bookings", body);
      await user("DELETE", `/api/bookings/${made.body.id}`);
      const refused = await user("PATCH", `/api/bookings/${made.body.id}`, { title: "Back" });
      expect([refused.status, refused.body.code]).toEqual([409, "invalid_transition"]);
    });
  });

  describe("GET", () => {
    test("pages forward by cursor, or by number with totals, and refuses a cursor of another sort", async () => {
      const { user } = await userWithRoom();
      for (let n = 10; n < 15; n++) {
        await user("POST", "/api/bookings", { title: `B${n}`, startTime: at(n), endTime: at(n + 1) });
      }
      const first = await user("GET", "/api/bookings?limit=2&sort=-startTime");
      expect(first.body.data.map((b: { title: string }) => b.title)).toEqual(["B14", "B13"]);
      expect(first.body.pagination).toMatchObject({ limit: 2, hasMore: true });
      const cursor = first.body.pagination.nextCursor;
      const second = await user("GET", `/api/bookings?limit=2&sort=-startTime&cursor=${cursor}`);
      expect(second.body.data.map((b: { title: string }) => b.title)).toEqual(["B12", "B11"]);
      const other = await user("GET", `/api/bookings?cursor=${cursor}`);
      expect([other.status, other.body.errors[0].parameter]).toEqual([400, "cursor"]);
      const third = await user("GET", "/api/bookings?limit=2&page=3");
      expect(third.body.pagination).toEqual({
        limit: 2,
        hasMore: false,
        nextCursor: null,
        page: 3,
        total: 5,
        totalPages: 3,
      });
    });

    test("shows users their own and admins all, by filters", async () => {
      const { user, admin, person, resourceId } = await userWithRoom();
      const stranger = as(harness(), await addPerson(harness()));
      await user("POST", "/api/bookings", { ...body, resourceId });
      expect((await stranger("GET", `/api/bookings?resourceId=${resourceId}`)).body.data).toEqual([]);
      expect((await stranger("GET", `/api/bookings?ownerId=${person.id}`)).status).toBe(403);
      const path = `/api/bookings?ownerId=${person.id}&from=2027-06-01T10:30:00Z&to=2027-06-02T00:00:00Z&status=confirmed,cancelled&q=revi`;
      expect((await admin("GET", path)).body.data).toHaveLength(1);
      expect((await admin("GET", `${path}&resourceId=${crypto.randomUUID()}`)).body.data).toEqual([]);
    });
  });
});
