import { expect, test } from "bun:test";
import { createWorld } from "../faults/world.ts";
import { callAs } from "../support/client.ts";
import { onEachEngine } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { residentMebibytes } from "../support/resident-memory.ts";
import { stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

const minutes = sized("LEAK_MINUTES", 15);
const sampleMs = 5_000;

onEachEngine(`${minutes} minutes of mixed load, aborts and sockets that come and go (G24)`, (engine) => {
  test(
    "grow the process by less than 1 MiB a minute, once it is warm",
    async () => {
      const world = await createWorld(engine, { capacities: [1, 5], people: 12 });
      const server = await world.serve();
      const end = Date.now() + minutes * 60_000;
      const goesOn = () => Date.now() < end;
      let requests = 0;

      const client = async (n: number) => {
        const call = callAs((path, init) => fetch(`${server.url}${path}`, init), world.people[n]?.token);
        while (goesOn()) {
          // The same month again and again, so that the database does not grow without end where it is asked.
          const start = Date.UTC(2031, 0, 1) + Math.floor(Math.random() * 3_000) * 900_000;
          const slot = {
            resourceId: world.rooms[n % 2],
            startTime: new Date(start).toISOString(),
            endTime: new Date(start + 900_000).toISOString(),
          };
          const made = await call("POST", "/api/bookings", { title: "Leak", ...slot });
          await call("GET", `/api/bookings?from=${slot.startTime}&limit=10`);
          if (made.status === 201) await call("DELETE", `/api/bookings/${made.body.id}`);
          await call("GET", "/api/nothing");
          requests += 4;
          await Bun.sleep(5);
        }
      };
      const aborter = async () => {
        while (goesOn()) {
          const controller = new AbortController();
          const asked = fetch(`${server.url}/api/bookings?limit=100`, {
            headers: { Authorization: `Bearer ${world.people[0]?.token}` },
            signal: controller.signal,
          });
          setTimeout(() => controller.abort(), Math.random() * 5);
          // It rejects when it is aborted, which is the point.
          await asked.then((response) => response.text()).catch(() => {});
          await Bun.sleep(20);
        }
      };
      const churner = async (n: number) => {
        const person = world.people[n] as (typeof world.people)[number];
        while (goesOn()) {
          const socket = await TestSocket.open(server.url, { token: person.token });
          await socket.ask("join-user-room", { userId: person.id }, "joined-room");
          await Bun.sleep(50 + Math.random() * 100);
          socket.close();
        }
      };
      const work = [0, 1, 2, 3].map(client).concat([aborter(), churner(4), churner(5)]);

      const samples: { minute: number; mebibytes: number }[] = [];
      const began = Date.now();
      while (goesOn()) {
        await Bun.sleep(sampleMs);
        samples.push({ minute: (Date.now() - began) / 60_000, mebibytes: residentMebibytes(server.pid) });
      }
      await Promise.all(work);
      const warm = samples.filter(({ minute }) => minute > minutes / 3);
      const slope = slopeOf(warm);
      const last = warm.at(-1)?.mebibytes.toFixed(0);
      measured(
        "G24",
        `${engine}: ${requests} requests, ${slope.toFixed(2)} MiB a minute, ${last} MiB at the end`,
      );
      expect(slope).toBeLessThan(1);
      await stopServer(server);
      await world.database.drop();
    },
    (minutes + 5) * 60_000,
  );
});

/** MiB a minute, by least squares. */
function slopeOf(samples: { minute: number; mebibytes: number }[]): number {
  const mean = (of: (sample: (typeof samples)[number]) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ minute }) => minute), mean(({ mebibytes }) => mebibytes)];
  const over = mean(({ minute, mebibytes }) => (minute - x) * (mebibytes - y));
  return over / mean(({ minute }) => (minute - x) ** 2);
}
