import { expect, test } from "bun:test";
import { nobody } from "../../src/domain/actor.ts";
import { type Event, record } from "../../src/domain/event.ts";
import { newConnection, patienceMs, type Socket } from "../../src/realtime/connection.ts";
import { Hub } from "../../src/realtime/hub.ts";
import { testClock } from "../support/clock.ts";

/** As much of a socket as a hub touches. */
function fakeSocket(data: Socket["data"]) {
  const codes: number[] = [];
  const socket = { data, close: (code: number) => void codes.push(code) } as unknown as Socket;
  return { socket, codes };
}

test("a socket that does not sign in is closed after a minute, one that has when its token ends", () => {
  const clock = testClock();
  const hub = new Hub(clock, { isHeard: () => true, publish: () => {} });
  const [stranger, guest] = [
    newConnection(null, "127.0.0.1", clock.now()),
    newConnection(null, "127.0.0.1", clock.now()),
  ].map(fakeSocket);
  if (!stranger || !guest) throw new Error("missing");
  guest.socket.data.expiresAt = clock.now().getTime() + 15 * 60_000;
  hub.add(stranger.socket);
  hub.add(guest.socket);
  clock.advance(patienceMs - 1);
  hub.sweep();
  expect([stranger.codes, guest.codes]).toEqual([[], []]);
  clock.advance(1);
  hub.sweep();
  expect([stranger.codes, guest.codes]).toEqual([[4401], []]);
  hub.remove(stranger.socket);
  clock.advance(14 * 60_000);
  hub.sweep();
  expect([stranger.codes, guest.codes]).toEqual([[4401], [4401]]);
});

test("a socket that can't be closed keeps no other one open, nor a room that can't be told another one silent", () => {
  const faults: unknown[] = [];
  const published: string[] = [];
  const publish = (topic: string) => {
    if (topic.includes("broken")) throw new Error("broken topic");
    published.push(topic);
  };
  const hub = new Hub(testClock(), { isHeard: () => true, publish }, (error) => faults.push(error));
  const actor = { organizationId: "o", userId: "u", role: "user" as const, sessionId: "s" };
  const [first, broken, last] = Array.from({ length: 3 }, () =>
    fakeSocket({ ...newConnection(null, "127.0.0.1", new Date(0)), actor }),
  );
  if (!first || !broken || !last) throw new Error("missing");
  broken.socket.close = () => {
    throw new Error("broken socket");
  };
  for (const { socket } of [first, broken, last]) hub.add(socket);
  const subject = { id: "s", organizationId: "o", version: 2 };
  const by = { actor: nobody, now: new Date(0), newId: () => "e" };
  hub.act(record(by, subject, "session.ended", { userId: "u" }));
  expect([first.codes, last.codes, faults.length]).toEqual([[4401], [4401], 1]);

  const times = { startTime: "2027-06-01T10:00:00.000Z", endTime: "2027-06-01T11:00:00.000Z" };
  const about = { ownerId: "broken", resourceId: "r", previousResourceId: null };
  const news = record(by, subject, "booking.created", { booking: times as never }, about);
  hub.publish({ ...news, position: "1" });
  expect([published, faults.length]).toEqual([["o resource:r"], 2]);
});

test("new credentials close the sockets of sessions from before, but not the session's that goes on", () => {
  const clock = testClock();
  const hub = new Hub(clock, { isHeard: () => true, publish: () => {} });
  const socketOf = (userId: string, sessionId: string, credentialGeneration: number) => {
    const data = newConnection(null, "127.0.0.1", clock.now());
    data.actor = { organizationId: "o", userId, role: "user", sessionId, credentialGeneration };
    const made = fakeSocket(data);
    hub.add(made.socket);
    return made.codes;
  };
  const [old, kept, fresh, other] = [
    socketOf("u", "old", 1),
    socketOf("u", "kept", 1),
    socketOf("u", "fresh", 2),
    socketOf("v", "other", 1),
  ];
  const event = (changes: object, keptSessionId?: string) =>
    hub.act({
      type: "user.updated",
      subjectType: "user",
      subjectId: "u",
      ownerId: null,
      resourceId: null,
      previousResourceId: null,
      data: { changes, ...(keptSessionId ? { keptSessionId } : {}) },
    } as unknown as Event);
  event({ name: { before: "A", after: "B" } });
  expect([old, kept, fresh, other]).toEqual([[], [], [], []]);
  event({ credentialGeneration: { before: 1, after: 2 } }, "kept");
  expect([old, kept, fresh, other]).toEqual([[4401], [], [], []]);
  event({ credentialGeneration: { before: 2, after: 3 } });
  expect([kept, fresh, other]).toEqual([[4401], [4401], []]);
});
