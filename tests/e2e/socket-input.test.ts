import { expect, test } from "bun:test";
import { signUp } from "../support/client.ts";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { startServer, stopServer } from "../support/server.ts";
import { type Frame, TestSocket } from "../support/socket.ts";

/** The first `count` frames of a socket that offers a token with its upgrade. */
function firstFrames(url: string, token: string, count: number): Promise<Frame[]> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws/`, { headers } as never);
    const frames: Frame[] = [];
    socket.addEventListener("message", ({ data }) => {
      frames.push(JSON.parse(String(data)));
      if (frames.length < count) return;
      socket.close();
      resolve(frames);
    });
    socket.addEventListener("error", () => reject(new Error("The socket failed.")));
  });
}

onEachEngine("what a socket takes", (engine) => {
  test(
    "ids in either case, frames by their bytes, and a token only once it is verified",
    () =>
      inEmptyFolder(async (cwd) => {
        const database = await createDatabase(engine);
        const server = await startServer({ cwd, env: { DATABASE_URL: database.url } });
        const { user, token, call } = await signUp(server.url);

        const [refused, why] = await firstFrames(server.url, "x.y.z", 2);
        expect([refused?.event, refused?.data.authenticated]).toEqual(["connected", false]);
        expect([why?.event, why?.data.code]).toEqual(["error", "unauthenticated"]);
        const [admitted, who] = await firstFrames(server.url, token, 2);
        expect([admitted?.event, admitted?.data.authenticated]).toEqual(["connected", true]);
        expect([who?.event, who?.data.userId]).toEqual(["authenticated", user.id]);

        const socket = await TestSocket.open(server.url, { token });
        const loud = { userId: user.id.toUpperCase(), resourceId: user.calendarId.toUpperCase() };
        const joined = [
          await socket.ask("join-user-room", loud, "joined-room"),
          await socket.ask("join-resource-room", loud, "joined-room"),
        ];
        const rooms = [`user:${user.id}`, `resource:${user.calendarId}`];
        expect(joined.map(({ data }) => data.room)).toEqual(rooms);
        const slot = { startTime: "2031-06-01T10:00:00Z", endTime: "2031-06-01T11:00:00Z" };
        await call("POST", "/api/bookings", { title: "B", ...slot });
        expect((await socket.next("booking.created")).room).toBe(rooms[0]);
        expect((await socket.next("availability.changed")).room).toBe(rooms[1]);
        const left = await socket.ask("leave-user-room", loud, "left-room");
        expect(left.data.room).toBe(rooms[0]);

        socket.send("cheer", {});
        const unknown = await socket.next("error", ({ data }) => data.event === "cheer");
        expect(unknown.data.detail).toContain('"join-user-room"');

        const frame = (text: string) => JSON.stringify({ event: "ping", data: { text }, ref: "r" });
        const wide = "中".repeat(Math.floor((16 * 1024 - frame("").length) / 3));
        socket.socket.send(frame(wide));
        await socket.next("pong");
        socket.socket.send(frame(`${wide}中`));
        expect((await socket.closed).code).toBe(1009);

        for (const text of ['{"event":"ping","event":"ping"}', "[".repeat(5_000), '\ufeff{"event":"ping"}']) {
          const other = await TestSocket.open(server.url, { token });
          other.socket.send(text);
          expect((await other.closed).code).toBe(1008);
        }
        await stopServer(server);
        await database.drop();
      }),
    120_000,
  );
});
