import { expect, test } from "bun:test";
import { memoryLimits } from "../../src/limits/flexible.ts";
import type { Store } from "../../src/ports/store.ts";
import { as } from "../support/client.ts";
import { onEveryEngine, runSql } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness, withContext } from "../support/harness.ts";
import { serveLive } from "../support/live.ts";
import { settled } from "../support/settled.ts";
import { TestSocket } from "../support/socket.ts";

let hour = 0;
const book = (harness: Harness, person: Person) => {
  const start = Date.UTC(2027, 9, 1) + hour++ * 3_600_000;
  const [startTime, endTime] = [new Date(start), new Date(start + 60_000)].map((date) => date.toISOString());
  return as(harness, person)("POST", "/api/bookings", { title: "B", startTime, endTime });
};

/** A store of which the unordered reader is counted, and can be made blind and then lost. */
function watched(store: Store) {
  const state = { looks: 0, blind: false, lost: false };
  const visibleSince: Store["events"]["visibleSince"] = async (mark) => {
    const seen = await store.events.visibleSince(mark);
    const events = state.lost ? null : state.blind && seen.events ? [] : seen.events;
    if (state.lost) state.lost = false;
    state.looks += 1;
    return { ...seen, events };
  };
  const looked = async () => {
    for (const from = state.looks; state.looks < from + 2; ) await Bun.sleep(5);
  };
  return { state, looked, store: { ...store, events: { ...store.events, visibleSince } } };
}

onEveryEngine("a socket", (engine) => {
  const harness = useHarness(engine);

  test("of a session that ended while it signed in is not signed in (G19)", async () => {
    const person = await addPerson(harness());
    const { store, looked } = watched(harness().context.store);
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let first = true;
    const withUser: Store["sessions"]["withUser"] = async (id) => {
      const found = await store.sessions.withUser(id);
      if (!first) return found;
      first = false;
      reached.resolve();
      await gate.promise;
      return found;
    };
    const there = withContext(harness(), { store: { ...store, sessions: { ...store.sessions, withUser } } });
    const live = await serveLive(there);
    const socket = await TestSocket.open(live.url);
    const answer = socket.answer("authenticate", { token: person.token });
    await reached.promise;
    expect((await as(harness(), person)("DELETE", "/api/auth/me")).status).toBeLessThan(300);
    // The hub has heard of it by now, and knew no such socket.
    await looked();
    gate.resolve();
    expect((await answer).data.code).toBe("unauthenticated");
    const joined = await socket.answer("join-user-room", { userId: person.id });
    expect(joined.data.code).toBe("unauthenticated");
    await live.stop();
  });

  test("is checked again when nobody can say what has changed, and only what was taken is taken", async () => {
    const { store, state, looked } = watched(harness().context.store);
    const live = await serveLive(withContext(harness(), { store }));
    const [leaving, demoted, staying, boss] = [
      await addPerson(harness()),
      await addPerson(harness(), "admin"),
      await addPerson(harness()),
      await addPerson(harness(), "admin"),
    ];
    const { body: room } = await as(harness(), boss)("POST", "/api/resources", { name: "Room" });
    const open = ({ token }: Person) => TestSocket.open(live.url, { token });
    const sockets = [await open(leaving), await open(demoted), await open(staying)] as const;
    await sockets[2].ask("join-resource-room", { resourceId: room.id }, "joined-room");
    await sockets[2].ask("join-user-room", { userId: staying.id }, "joined-room");
    state.blind = true;
    await as(harness(), leaving)("DELETE", "/api/auth/me");
    await as(harness(), boss)("PATCH", `/api/users/${demoted.id}`, { role: "user" });
    await as(harness(), boss)("DELETE", `/api/resources/${room.id}`);
    await looked();
    expect(sockets.map(({ socket }) => socket.readyState)).toEqual([1, 1, 1]);
    Object.assign(state, { blind: false, lost: true });
    expect([(await sockets[0].closed).code, (await sockets[1].closed).code]).toEqual([4401, 4401]);
    expect((await sockets[2].next("left-room")).data.room).toBe(`resource:${room.id}`);
    await book(harness(), staying);
    live.announce();
    expect((await sockets[2].next("booking.created")).room).toBe(`user:${staying.id}`);
    await live.stop();
  });

  test("that has not signed in counts for its network, and is refused when there are too many", async () => {
    const live = await serveLive(withContext(harness(), { limitScale: 3 / 1_000 }));
    const person = await addPerson(harness());
    const sockets = [];
    for (let n = 0; n < 3; n++) sockets.push(await TestSocket.open(live.url));
    const upgrading = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": btoa("x".repeat(16)),
    };
    const refused = await fetch(`${live.url}/ws/`, { headers: upgrading });
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "10"]);
    expect(await refused.text()).toBe(
      "Too many sockets from your network have not signed in. Sign in with those, or try again later.",
    );
    await sockets[0]?.ask("authenticate", { token: person.token }, "authenticated");
    sockets.push(await TestSocket.open(live.url));
    await expect(TestSocket.open(live.url)).rejects.toThrow("closed");
    sockets[1]?.close();
    await sockets[1]?.closed;
    // 426 asks for an upgrade: there is room again.
    while ((await fetch(`${live.url}/ws/`)).status !== 426) await Bun.sleep(5);
    await TestSocket.open(live.url, { token: person.token });
    await live.stop();
  });

  test("pays for replays with the read limit of its user, which HTTP counts too; joining alone is free", async () => {
    const scarce = withContext(harness(), { limitScale: 5 / 1_200, ownLimits: memoryLimits() });
    const person = await addPerson(harness());
    const live = await serveLive(scarce);
    const sockets = [
      await TestSocket.open(live.url, { token: person.token }),
      await TestSocket.open(live.url, { token: person.token }),
    ];
    const join = (n: number, more = {}) =>
      sockets[n % 2]?.answer("join-user-room", { userId: person.id, ...more });
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await join(n));
    const after = answers[0]?.data.cursor;
    for (let n = 0; n < 6; n++) answers.push(await join(n, { after }));
    const codes = answers.map((answer) => (answer?.event === "error" ? answer.data.code : answer?.event));
    expect(codes.slice(0, 13)).toEqual(Array.from({ length: 13 }, () => "joined-room"));
    expect(codes[13]).toBe("rate_limited");
    expect((await as(scarce, person)("GET", "/api/bookings")).status).toBe(429);
    await live.stop();
  });

  test("stays in a room when it asks for it again with a cursor that is none", async () => {
    const person = await addPerson(harness());
    const live = await serveLive(harness());
    const socket = await TestSocket.open(live.url, { token: person.token });
    await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    const refused = await socket.ask("join-user-room", { userId: person.id, after: "abc" }, "error");
    expect(refused.data.code).toBe("validation_failed");
    const { body: booking } = await book(harness(), person);
    live.announce();
    expect((await socket.next("booking.created")).data.booking.id).toBe(booking.id);
    await live.stop();
  });

  test("gets a long replay page by page, each for a point, whole and in order", async () => {
    const person = await addPerson(harness());
    const live = await serveLive(harness());
    const socket = await TestSocket.open(live.url, { token: person.token });
    const { data } = await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    const titles: string[] = [];
    for (let n = 0; n < 230; n++) titles.push((await book(harness(), person)).body.id);
    await settled(harness().context.store);
    const again = await TestSocket.open(live.url, { token: person.token });
    await again.ask("join-user-room", { userId: person.id, after: data.cursor }, "joined-room");
    await again.next("booking.created", (frame) => frame.data.booking.id === titles.at(-1));
    const told = again.frames.filter(({ event }) => event === "booking.created");
    expect(told.map((frame) => frame.data.booking.id)).toEqual(titles);
    const { remaining } = await harness()
      .context.ownLimits.counter({ name: "read", points: 1_200_000, seconds: 60 })
      .take(person.id);
    // Three pages, and the point that this look took.
    expect(1_200_000 - remaining).toBe(4);
    await live.stop();
  });

  test("an event that can't be told stops neither what follows it nor replays nor polls", async () => {
    const person = await addPerson(harness());
    const live = await serveLive(harness());
    const socket = await TestSocket.open(live.url, { token: person.token });
    const { data } = await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    const id = harness().context.newId();
    const { organizationId } = person;
    const time = engine !== "postgres" ? harness().clock.now().getTime() : "'2027-01-01T00:00:00Z'";
    await runSql(
      harness().database.url,
      `insert into events (id, organization_id, subject_type, subject_id, version, type, owner_id, data, time) values
       ('${id}', '${organizationId}', 'booking', '${id}', 1, 'booking.created', '${person.id}', '{}', ${time})`,
    );
    const { body: booking } = await book(harness(), person);
    live.announce();
    expect((await socket.next("booking.created")).data.booking.id).toBe(booking.id);
    expect(live.logged.map(({ eventId }) => eventId)).toContain(id);
    const again = await TestSocket.open(live.url, { token: person.token });
    await again.ask("join-user-room", { userId: person.id, after: data.cursor }, "joined-room");
    expect((await again.next("booking.created")).data.booking.id).toBe(booking.id);
    const polled = await as(harness(), person)("GET", `/api/events?after=${data.cursor}`);
    expect(
      polled.body.data.map((told: { data: { booking: { id: string } } }) => told.data.booking.id),
    ).toEqual([booking.id]);
    await live.stop();
  });
});
