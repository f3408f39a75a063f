import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

onEveryEngine("an id in capitals (RFC 9562)", (engine) => {
  const harness = useHarness(engine);

  test("is the same id in paths, bodies, queries and cursors, and comes back in lower case", async () => {
    const person = await addPerson(harness(), "admin");
    const call = as(harness(), person);
    const { body: room } = await call("POST", "/api/resources", { name: "Room" });
    const shouted = room.id.toUpperCase();
    const body = { ...slot, resourceId: shouted, ownerId: person.id.toUpperCase() };
    const made = await call("POST", "/api/bookings", body);
    expect([made.status, made.body.resourceId, made.body.ownerId]).toEqual([201, room.id, person.id]);

    const path = `/api/bookings/${made.body.id.toUpperCase()}`;
    expect((await call("GET", path)).body).toEqual(made.body);
    for (const part of ["history", "reminders"]) {
      const quiet = await call("GET", `${path.replace(/[^/]+$/, made.body.id)}/${part}`);
      const loud = await call("GET", `${path}/${part}`);
      expect([loud.status, loud.body]).toEqual([200, quiet.body]);
    }
    const found = await call("GET", `/api/bookings?resourceId=${shouted}&ownerId=${person.id.toUpperCase()}`);
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await call("GET", `/api/resources/${shouted}`)).body).toEqual(room);
    expect((await call("GET", `/api/users/${person.id.toUpperCase()}`)).body.id).toBe(person.id);
    const audit = await call(
      "GET",
      `/api/audit?subjectId=${shouted}&actorId=${person.id.toUpperCase()}&type=resource.created`,
    );
    expect(audit.body.data).toHaveLength(1);

    const second = await call("POST", "/api/bookings", {
      ...slot,
      startTime: "2027-06-01T11:00:00Z",
      endTime: "2027-06-01T12:00:00Z",
    });
    const first = (await call("GET", "/api/bookings?limit=1")).body.pagination.nextCursor;
    const loud = Buffer.from(
      Buffer.from(first, "base64url").toString().replace(made.body.id, made.body.id.toUpperCase()),
    ).toString("base64url");
    for (const cursor of [first, loud]) {
      const { body: page } = await call("GET", `/api/bookings?cursor=${cursor}`);
      expect(page.data.map(({ id }: { id: string }) => id)).toEqual([second.body.id]);
    }
  });

  test("changes nothing in a PATCH that names what is there already", async () => {
    const call = as(harness(), await addPerson(harness(), "admin"));
    const { body: room } = await call("POST", "/api/resources", { name: "Room" });
    const made = await call("POST", "/api/bookings", { ...slot, resourceId: room.id });
    const patch = { resourceId: room.id.toUpperCase() };
    const answer = await call("PATCH", `/api/bookings/${made.body.id.toUpperCase()}`, patch);
    expect([answer.status, answer.body]).toEqual([200, made.body]);
    const history = await call("GET", `/api/bookings/${made.body.id}/history`);
    expect(history.body.data).toHaveLength(1);
  });

  test("is the same request to an idempotency key", async () => {
    const call = as(harness(), await addPerson(harness()));
    const { body } = await call("POST", "/api/bookings", slot);
    const key = { "Idempotency-Key": "cancel" };
    const first = await call("POST", `/api/bookings/${body.id}/cancel`, undefined, key);
    const again = await call("POST", `/api/bookings/${body.id.toUpperCase()}/cancel`, undefined, key);
    expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([
      200,
      first.text,
      "true",
    ]);
  });

  test("of another is the same 404 as one that is unknown", async () => {
    const [mine, theirs] = [await addPerson(harness()), await addPerson(harness())];
    const { body } = await as(harness(), theirs)("POST", "/api/bookings", slot);
    const texts = [];
    for (const id of [body.id, body.id.toUpperCase(), crypto.randomUUID().toUpperCase()]) {
      const answer = await as(harness(), mine)("GET", `/api/bookings/${id}`, undefined, {
        "X-Request-Id": "r",
      });
      texts.push(`${answer.status} ${answer.text}`);
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toStartWith("404 ");
  });
});
