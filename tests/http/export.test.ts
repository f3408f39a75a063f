import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

const at = (n: number) => {
  const start = Date.UTC(2027, 6, 1) + n * 3_600_000;
  return { startTime: new Date(start).toISOString(), endTime: new Date(start + 60_000).toISOString() };
};

onEveryEngine("an export", (engine) => {
  const harness = useHarness(engine);

  test("of a former admin holds their own, and nothing personal of others", async () => {
    const [boss, person] = [await addPerson(harness(), "admin"), await addPerson(harness(), "admin")];
    const call = as(harness(), person);
    const others = {
      user: `other-${crypto.randomUUID()}@example.net`,
      attendee: `guest-${crypto.randomUUID()}@example.net`,
      renamed: `Renamed ${crypto.randomUUID()}`,
      title: `Private ${crypto.randomUUID()}`,
    };
    const { body: other } = await call("POST", "/api/users", { email: others.user, name: "Other" });
    await call("PATCH", `/api/users/${other.id}`, { name: others.renamed });
    await call("POST", "/api/bookings", { title: others.title, ownerId: other.id, ...at(0) });
    const attendees = [
      { email: others.attendee, name: "Guest" },
      { email: person.email, name: "Me" },
    ];
    const { body: own } = await call("POST", "/api/bookings", { title: "Mine", attendees, ...at(1) });
    await call("PATCH", `/api/bookings/${own.id}`, { attendees: attendees.slice(0, 1) });
    await as(harness(), boss)("PATCH", `/api/users/${person.id}`, { role: "user" });

    const { status, headers, text, body } = await as(harness(), boss)(
      "GET",
      `/api/users/${person.id}/export`,
    );
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    for (const foreign of Object.values(others))
      expect([foreign, text.includes(foreign)]).toEqual([foreign, false]);
    expect(body.user.email).toBe(person.email);
    expect(body.bookings).toMatchObject([{ id: own.id, title: "Mine", attendees: [] }]);
    const { body: reminders } = await as(harness(), boss)("GET", `/api/bookings/${own.id}/reminders`);
    expect(reminders.data).toMatchObject([{ status: "scheduled" }]);
    expect(body.bookings[0].planned).toEqual(reminders.data);
    const types = body.activity.map((entry: { type: string }) => entry.type).sort();
    expect(types).toEqual([
      "booking.created",
      "booking.created",
      "booking.updated",
      "resource.created",
      "session.started",
      "user.created",
      "user.updated",
    ]);
    const changed = body.activity.find((entry: { type: string }) => entry.type === "booking.updated");
    const self = [{ email: person.email, name: "Me" }];
    expect(changed.data.changes.attendees).toEqual({ before: self, after: [] });
  });

  test("asks a number of queries that goes with its pages, and not with the bookings", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const many = 220;
    for (let n = 0; n < many; n += 10) {
      const some = Array.from({ length: 10 }, (_, i) =>
        call("POST", "/api/bookings", { title: "B", ...at(n + i) }),
      );
      expect((await Promise.all(some)).every(({ status }) => status === 201)).toBe(true);
    }
    const { store } = harness().context;
    const asked: string[] = [];
    const counting = <T extends object>(group: string, queries: T): T =>
      new Proxy(queries, {
        get: (target, name) => {
          const query = Reflect.get(target, name) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => {
            asked.push(`${group}.${String(name)}`);
            return query(...args);
          };
        },
      });
    const watched = withContext(harness(), {
      store: {
        ...store,
        bookings: counting("bookings", store.bookings),
        tasks: counting("tasks", store.tasks),
        sessions: counting("sessions", store.sessions),
        audit: counting("audit", store.audit),
      },
    });
    const { body } = await as(watched, person)("GET", `/api/users/${person.id}/export`);
    const ids = new Set(body.bookings.map(({ id }: { id: string }) => id));
    expect([ids.size, body.activity.length]).toEqual([many, many + 1]);
    expect(body.bookings.every(({ planned }: { planned: object[] }) => planned.length === 1)).toBe(true);
    expect(asked.length).toBeLessThan(10);
  }, 60_000);
});
