import { expect, test } from "bun:test";
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
