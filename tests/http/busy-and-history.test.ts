import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const slot = { title: "Secret", startTime: "2027-06-01T10:00:00.000Z", endTime: "2027-06-01T11:00:00.000Z" };

onEveryEngine("busy times", (engine) => {
  const harness = useHarness(engine);

  test("tell when a resource is taken and by how much, and nothing of whom", async () => {
    const admin = as(harness(), await addPerson(harness(), "admin"));
    const user = as(harness(), await addPerson(harness()));
    const { body: room } = await admin("POST", "/api/resources", { name: "Room", capacity: 5 });
    await admin("POST", "/api/bookings", { ...slot, resourceId: room.id, quantity: 3 });
    const { body: gone } = await admin("POST", "/api/bookings", { ...slot, resourceId: room.id });
    await admin("DELETE", `/api/bookings/${gone.id}`);
    const busy = await user(
      "GET",
      `/api/resources/${room.id}/busy?from=2027-06-01T10:59:00Z&to=2027-06-02T00:00:00Z`,
    );
    expect(busy.body).toEqual({ data: [{ startTime: slot.startTime, endTime: slot.endTime, quantity: 3 }] });
    const after = await user(
      "GET",
      `/api/resources/${room.id}/busy?from=2027-06-01T11:00:00Z&to=2027-06-02T00:00:00Z`,
    );
    expect(after.body).toEqual({ data: [] });
  });

  test("of a calendar are for its owner and admins", async () => {
    const person = await addPerson(harness());
    const path = `/api/resources/${person.calendarId}/busy?from=2027-06-01T00:00:00Z&to=2027-06-02T00:00:00Z`;
    const statuses = [person, await addPerson(harness(), "admin"), await addPerson(harness())].map(
      async (caller) => (await as(harness(), caller)("GET", path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 404]);
  });

  test.each([
    ["from=2027-06-01T00:00:00Z", "to"],
    ["from=2027-06-02T00:00:00Z&to=2027-06-01T00:00:00Z", "to"],
    ["from=2027-06-01T00:00:00Z&to=2027-07-02T00:00:01Z", "to"],
    ["from=x&to=2027-07-02T00:00:01Z", "from"],
  ])("refuse %s", async (query, parameter) => {
    const person = await addPerson(harness());
    const answer = await as(harness(), person)("GET", `/api/resources/${person.calendarId}/busy?${query}`);
    expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, parameter]);
  });
});

onEveryEngine("a booking's history", (engine) => {
  const harness = useHarness(engine);

  test("tells who changed what and when, before and after, page by page", async () => {
    const [owner, admin] = [await addPerson(harness()), await addPerson(harness(), "admin")];
    const { body: booking } = await as(harness(), owner)("POST", "/api/bookings", slot);
    const path = `/api/bookings/${booking.id}`;
    harness().clock.advance(60_000);
    await as(harness(), admin)("PATCH", path, { endTime: "2027-06-01T12:00:00Z", metadata: { a: 1 } });
    await as(harness(), owner)("POST", `${path}/cancel`, { reason: "Ill" });
    const { body } = await as(harness(), owner)("GET", `${path}/history`);
    expect(
      body.data.map((e: { type: string; version: number; actorId: string }) => [
        e.type,
        e.version,
        e.actorId,
      ]),
    ).toEqual([
      ["booking.created", 1, owner.id],
      ["booking.rescheduled", 2, admin.id],
      ["booking.cancelled", 3, owner.id],
    ]);
    expect(body.data[0].changes.title).toEqual({ before: null, after: "Secret" });
    expect(body.data[1].changes).toEqual({
      endTime: { before: slot.endTime, after: "2027-06-01T12:00:00.000Z" },
      metadata: { before: {}, after: { a: 1 } },
    });
    expect(body.data[1].time).toBe(harness().clock.now().toISOString());
    expect(body.data[2].changes.cancellationReason).toEqual({ before: null, after: "Ill" });
    const first = await as(harness(), owner)("GET", `${path}/history?limit=2`);
    const { nextCursor } = first.body.pagination;
    const rest = await as(harness(), owner)("GET", `${path}/history?limit=2&cursor=${nextCursor}`);
    expect([...first.body.data, ...rest.body.data]).toEqual(body.data);
    expect(JSON.stringify(body)).not.toContain("organizationId");
  });

  test("is not a stranger's to read", async () => {
    const { body } = await as(harness(), await addPerson(harness()))("POST", "/api/bookings", slot);
    const answer = await as(harness(), await addPerson(harness()))("GET", `/api/bookings/${body.id}/history`);
    expect(answer.status).toBe(404);
  });
});
