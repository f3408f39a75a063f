import { describe, expect, test } from "bun:test";
import { slot } from "../support/changes.ts";
import { as } from "../support/client.ts";
import { askObject } from "../support/edge/runtime.ts";
import { addPerson, useHarness } from "../support/harness.ts";
import { TestSocket } from "../support/socket.ts";

const urlOf = (harness: ReturnType<ReturnType<typeof useHarness>>) =>
  harness.database.url.slice("object:".length);

describe("live updates in a Durable Object", () => {
  const harness = useHarness("object");

  test("come to the rooms that a socket has joined, and a cursor goes on where another socket was", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const socket = await TestSocket.open(urlOf(harness()), { token: person.token });
    const { data } = await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    const book = (n: number) => call("POST", "/api/bookings", { title: `B${n}`, ...slot(n, n + 1) });
    const first = (await book(1)).body;
    const created = await socket.next("booking.created");
    expect(created.data.booking.id).toBe(first.id);
    socket.close();
    await socket.closed;
    const second = (await book(2)).body;
    const again = await TestSocket.open(urlOf(harness()), { token: person.token });
    await again.ask("join-user-room", { userId: person.id, after: created.cursor }, "joined-room");
    const missed = await again.next("booking.created");
    expect(missed.data.booking.id).toBe(second.id);
    expect(again.frames.filter(({ event }) => event === "booking.created")).toHaveLength(1);
    expect(data.cursor).toBeString();
    again.close();
  });

  test("begin where a socket joins, whatever was written while nobody listened", async () => {
    const person = await addPerson(harness());
    const call = as(harness(), person);
    const book = (n: number) => call("POST", "/api/bookings", { title: `B${n}`, ...slot(n, n + 1) });
    for (let n = 20; n < 25; n++) await book(n);
    const socket = await TestSocket.open(urlOf(harness()), { token: person.token });
    await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    await book(25);
    expect((await socket.next("booking.created")).data.booking.title).toBe("B25");
    await socket.ask("ping", {}, "pong");
    expect(socket.frames.filter(({ event }) => event === "booking.created")).toHaveLength(1);
    socket.close();
  });

  test("go on after the object has slept, in the same socket", async () => {
    const person = await addPerson(harness());
    const socket = await TestSocket.open(urlOf(harness()), { token: person.token });
    await socket.ask("join-user-room", { userId: person.id }, "joined-room");
    const before = await askObject(urlOf(harness()), "instance", null);
    await Bun.sleep(15_000);
    expect(await askObject(urlOf(harness()), "instance", null)).not.toBe(before);
    const call = as(harness(), person);
    const made = await call("POST", "/api/bookings", { title: "After a nap", ...slot(5, 6) });
    expect((await socket.next("booking.created")).data.booking.id).toBe(made.body.id);
    expect((await socket.ask("ping", {}, "pong")).event).toBe("pong");
    socket.close();
  }, 60_000);
});
