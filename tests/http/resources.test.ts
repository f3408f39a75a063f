import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

onEveryEngine("resources", (engine) => {
  const harness = useHarness(engine);
  const people = async () => {
    const [admin, user] = [await addPerson(harness(), "admin"), await addPerson(harness())];
    return { admin: as(harness(), admin), user: as(harness(), user), person: user };
  };

  test("are made, read, changed and deleted by admins, and read by everyone signed in", async () => {
    const { admin, user } = await people();
    const made = await admin("POST", "/api/resources", {
      name: "Room",
      timezone: "Europe/Berlin",
      capacity: 4,
    });
    expect(made.status).toBe(201);
    const path = `/api/resources/${made.body.id}`;
    expect(made.headers.get("location")).toBe(path);
    expect(made.body).toMatchObject({ kind: "resource", ownerId: null, capacity: 4, version: 1 });
    expect((await user("GET", path)).body).toEqual(made.body);
    expect((await user("PATCH", path, { name: "Mine" })).status).toBe(403);
    expect((await user("POST", "/api/resources", { name: "Mine" })).status).toBe(403);
    const changed = await admin("PATCH", path, { name: "Hall", description: "Big" }, { "If-Match": '"1"' });
    expect(changed.body).toMatchObject({ name: "Hall", description: "Big", version: 2 });
    expect((await admin("PATCH", path, { name: "X" }, { "If-Match": '"1"' })).status).toBe(412);
    expect((await admin("DELETE", path)).status).toBe(204);
    expect((await admin("GET", path)).status).toBe(404);
    expect((await admin("DELETE", path)).status).toBe(404);
  });

  test("have a time zone in its one spelling, however it was sent or stored", async () => {
    const { admin } = await people();
    const made = await admin("POST", "/api/resources", { name: "Room", timezone: "eUrOpE/bErLiN" });
    expect([made.status, made.body.timezone]).toEqual([201, "Europe/Berlin"]);
    const path = `/api/resources/${made.body.id}`;
    expect((await admin("PATCH", path, { timezone: "EUROPE/BERLIN" })).body.version).toBe(1);
    expect((await admin("PATCH", path, { timezone: "asia/tokyo" })).body.timezone).toBe("Asia/Tokyo");
    const { url } = harness().database;
    await runSql(url, `update resources set timezone = 'aSiA/kOlKaTa' where id = '${made.body.id}'`);
    expect((await admin("GET", path)).body.timezone).toBe("Asia/Kolkata");
    expect((await admin("PATCH", path, { timezone: "Asia/Köln" })).status).toBe(400);
  });

  test("with bookings ahead are neither deleted nor narrowed", async () => {
    const { admin, user } = await people();
    const { body: room } = await admin("POST", "/api/resources", { name: "Room", capacity: 2 });
    const slot = {
      title: "B",
      resourceId: room.id,
      startTime: "2027-06-01T10:00:00Z",
      endTime: "2027-06-01T11:00:00Z",
    };
    const { body: booking } = await user("POST", "/api/bookings", { ...slot, quantity: 2 });
    for (const answer of [
      await admin("DELETE", `/api/resources/${room.id}`),
      await admin("PATCH", `/api/resources/${room.id}`, { capacity: 1 }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, "resource_in_use"]);
    }
    await user("DELETE", `/api/bookings/${booking.id}`);
    expect((await admin("DELETE", `/api/resources/${room.id}`)).status).toBe(204);
    const refused = await user("POST", "/api/bookings", slot);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, "/resourceId"]);
  });

  test("when deleted leave their past bookings, whose title still changes and whose slot does not", async () => {
    const { admin, user } = await people();
    const { body: room } = await admin("POST", "/api/resources", { name: "Room" });
    const past = { title: "Past", startTime: "2020-01-01T10:00:00Z", endTime: "2020-01-01T11:00:00Z" };
    const { body: booking } = await user("POST", "/api/bookings", { ...past, resourceId: room.id });
    expect((await admin("DELETE", `/api/resources/${room.id}`)).status).toBe(204);
    const path = `/api/bookings/${booking.id}`;
    expect((await user("PATCH", path, { title: "Renamed" })).body.title).toBe("Renamed");
    const moved = await user("PATCH", path, { endTime: "2020-01-01T12:00:00Z" });
    expect([moved.status, moved.body.errors[0].pointer]).toEqual([400, "/resourceId"]);
    expect((await user("DELETE", path)).status).toBe(204);
  });

  test("a calendar is its owner's and the admins' to see; of it only the time zone is set, and it stays", async () => {
    const { admin, user, person } = await people();
    const stranger = as(harness(), await addPerson(harness()));
    const path = `/api/resources/${person.calendarId}`;
    expect((await user("GET", path)).body).toMatchObject({
      kind: "calendar",
      ownerId: person.id,
      capacity: 1,
    });
    expect((await stranger("GET", path)).status).toBe(404);
    expect((await stranger("PATCH", path, { timezone: "UTC" })).status).toBe(404);
    expect((await user("PATCH", path, { timezone: "Asia/Tokyo" })).body.timezone).toBe("Asia/Tokyo");
    for (const call of [user, admin]) expect((await call("PATCH", path, { capacity: 2 })).status).toBe(403);
    expect((await admin("DELETE", path)).status).toBe(403);
    const listed = async (call: typeof user) => {
      const { body } = await call("GET", "/api/resources?kind=calendar&limit=100");
      return body.data.some((r: { id: string }) => r.id === person.calendarId);
    };
    expect([await listed(user), await listed(admin), await listed(stranger)]).toEqual([true, true, false]);
  });

  test.each([
    [{ name: " " }, "/name"],
    [{ name: "R", timezone: "Mars/Olympus" }, "/timezone"],
    [{ name: "R", timezone: "+02:00" }, "/timezone"],
    [{ name: "R", capacity: 0 }, "/capacity"],
    [{ name: "R", capacity: 10_001 }, "/capacity"],
    [{ name: "R", kind: "calendar" }, "/kind"],
    [{ name: "R", metadata: { a: { b: 1 } } }, "/metadata/a"],
  ])("refuse %j", async (body, pointer) => {
    const { admin } = await people();
    const refused = await admin("POST", "/api/resources", body);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, pointer]);
  });
});
