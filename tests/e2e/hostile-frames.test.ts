import { expect, test } from "bun:test";
import fc from "fast-check";
import { callAs } from "../support/client.ts";
import { createDatabase, onEachEngine, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { startServer, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

const events = [
  "authenticate",
  "join-user-room",
  "join-resource-room",
  "leave-user-room",
  "leave-resource-room",
  "ping",
];
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\u0000", "\ud800", "'; drop table events --", "a".repeat(3_000)),
);
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.uuid(),
  fc.jsonValue(),
);
/** Half of them fit, so that many frames get as far as a permission. */
const id = fc.oneof(fc.uuid(), value);
/** Frames: of a name that is known or not, with data that fits nearly, or not at all. */
const frame = fc.record(
  {
    event: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...events) }, { weight: 1, arbitrary: value }),
    data: fc.oneof(
      fc.record({ userId: id, resourceId: id, token: value, after: value }, { requiredKeys: [] }),
      value,
    ),
    ref: fc.oneof(text, value),
  },
  { requiredKeys: ["event"] },
);
/** Below the limit of frames a second. */
const framesASocket = 40;
const sockets = 15;

onEachEngine("a socket", (engine) => {
  test(
    "generated frames are answered as the document says, and never disturb the service (G20)",
    () =>
      inEmptyFolder(async (cwd) => {
        const database = await createDatabase(engine);
        const server = await startServer({ cwd, env: { DATABASE_URL: database.url } });
        const open = callAs((path, init) => fetch(`${server.url}${path}`, init));
        const account = { email: "ada@example.com", password: "password123", name: "Ada" };
        const { body } = await open("POST", "/api/auth/register", account);
        const answers = { error: 0, other: 0, closed: 0 };
        // A socket checks every frame that comes against the frames of the document.
        const hostile = async (seed: number) => {
          const socket = await TestSocket.open(server.url, { token: body.accessToken });
          let closed: number | null = null;
          void socket.closed.then(({ code }) => {
            closed = code;
          });
          for (const sent of fc.sample(frame, { numRuns: framesASocket, seed })) {
            socket.socket.send(JSON.stringify(sent));
          }
          const pong = socket.ask("ping", {}, "pong").catch(() => null);
          await Promise.race([pong, socket.closed]);
          answers.error += socket.frames.filter(({ event }) => event === "error").length;
          answers.other += socket.frames.filter(({ event }) => event !== "error").length;
          // What is no frame at all ends the socket, in the documented way.
          if (closed !== null) {
            answers.closed += 1;
            expect([1008, 1009, 4401]).toContain(closed);
          }
          socket.close();
        };
        for (let seed = 1; seed <= sockets; seed++) await hostile(seed);
        expect(answers.error).toBeGreaterThan(0);
        expect((await fetch(`${server.url}/health`)).status).toBe(200);
        expect(
          (await open("POST", "/api/auth/login", { email: account.email, password: account.password }))
            .status,
        ).toBe(200);
        expect(server.output()).not.toContain("TypeError");
        await stopServer(server);
        // What was refused on sockets is in the audit as well, written at the end at the latest.
        const refused = await runSql(database.url, "select actor_id, code, data from refusals");
        // SQLite keeps JSON as text.
        const counted = refused.map(
          ({ data, ...row }): Record<string, unknown> => ({
            ...row,
            data: typeof data === "string" ? JSON.parse(data) : data,
          }),
        );
        expect(counted).toContainEqual({
          actor_id: body.user.id,
          code: "forbidden",
          data: { code: "forbidden", count: expect.any(Number), ip: "127.0.0.1" },
        });
        await database.drop();
      }),
    120_000,
  );
});
