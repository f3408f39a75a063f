import { expect, test } from "bun:test";
import { callAs } from "../support/client.ts";
import { startCluster } from "../support/cluster.ts";
import { describeOnPostgres } from "../support/databases.ts";
import { measured, sized } from "../support/measured.ts";
import { movableAddress } from "../support/movable-address.ts";
import { type Server, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { type Failover, failovers, forgetServer } from "./failovers.ts";
import { createWorld, type World } from "./world.ts";

const minute = 60_000;
const news = sized("EVENTS", 20);

type Person = World["people"][number];

/** Somebody who books, polls and listens. */
async function openClient(server: Server, { id, token }: Person) {
  const call = callAs((path, init) => fetch(`${server.url}${path}`, init), token);
  let hour = 0;
  const bookOne = async (): Promise<string> => {
    const start = Date.UTC(2030, 0, 1, hour++);
    const slot = {
      startTime: new Date(start).toISOString(),
      endTime: new Date(start + 60_000).toISOString(),
    };
    const key = { "Idempotency-Key": crypto.randomUUID() };
    for (;;) {
      const { status, body } = await call("POST", "/api/bookings", { title: "B", ...slot }, key);
      if (status === 201) return body.id;
      if (status !== 503) throw new Error(`A booking was answered with ${status}: ${JSON.stringify(body)}`);
    }
  };
  const book = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(await bookOne());
    return ids;
  };
  /** What a poll from a cursor on finds, to the end. */
  const poll = async (after?: string) => {
    const ids: string[] = [];
    for (let cursor = after; ; ) {
      const { status, body } = await call("GET", `/api/events?limit=100${cursor ? `&after=${cursor}` : ""}`);
      // What a log that takes the cursor for another one's says: nothing is told then.
      if (status === 410) return { ids: [], cursor: "" };
      if (status !== 200) throw new Error(`A poll was answered with ${status}: ${JSON.stringify(body)}`);
      ids.push(...body.data.map((event: { data: { booking: { id: string } } }) => event.data.booking.id));
      cursor = body.pagination.nextCursor as string;
      if (!body.pagination.hasMore) return { ids, cursor };
    }
  };
  /** Hears these bookings, and ends with all that it has heard. */
  const listen = async (after?: string) => {
    const socket = await TestSocket.open(server.url, { token });
    await socket.ask("join-user-room", { userId: id, ...(after ? { after } : {}) }, "joined-room");
    return async (ids: string[]) => {
      for (const id of ids) await socket.next("booking.created", ({ data }) => data.booking.id === id);
      return socket.frames.flatMap(({ event, data }) =>
        event === "booking.created" ? [data.booking.id] : [],
      );
    };
  };
  return { book, poll, listen };
}

/** What is told of `made`, which was made after the failover, by way of what clients knew before it. */
async function failOver(failover: Failover, mutate: (databaseUrl: string) => Promise<void> = async () => {}) {
  const cluster = await startCluster();
  const world = await createWorld("postgres", { capacities: [], people: 1, server: cluster.url });
  const { url } = world.database;
  await mutate(url);
  const next = await failover.prepare(cluster);
  const address = await movableAddress(url);
  const server = await world.serve({ DATABASE_URL: address.through(url) });
  try {
    const client = await openClient(server, world.people[0] as Person);
    const live = await client.listen();
    const kept = await client.poll();
    await failover.part(next, url);
    const lost = await client.book(news);
    await live(lost);
    // A cursor past everything that the other server has.
    const { cursor: ahead } = await client.poll(kept.cursor);
    await cluster.kill();
    await failover.takeOver(next, url);
    address.moveTo(next.url);
    const made = await client.book(news);
    const polled = { kept: (await client.poll(kept.cursor)).ids, ahead: (await client.poll(ahead)).ids };
    const heard = async () => ({
      live: (await live(made)).slice(lost.length),
      resumed: await (await client.listen(ahead))(made),
    });
    return { made, polled, ...(polled.ahead.length === made.length ? { heard: await heard() } : {}) };
  } finally {
    await stopServer(server);
    address.close();
    await next.stop();
    await cluster.stop();
  }
}

describeOnPostgres("a process whose Postgres is replaced", () => {
  for (const [title, failover] of Object.entries(failovers)) {
    test(
      `by ${title}, goes on: its tail, cursors and resumed sockets miss and repeat nothing (G11, G12)`,
      async () => {
        const { made, polled, heard } = await failOver(failover);
        expect(polled).toEqual({ kept: made, ahead: made });
        expect(heard).toEqual({ live: made, resumed: made });
        measured("G12", `${title}: ${news} events after it, each told once`);
      },
      3 * minute,
    );
  }

  for (const title of [
    "a standby that lagged and is promoted",
    "the same cluster, set back to an earlier copy of its files",
  ]) {
    test(
      `by ${title}, and a log that does not look at which server wrote it, says nothing of what is new (mutant)`,
      async () => {
        const { made, polled } = await failOver(failovers[title] as Failover, forgetServer);
        expect(made).toHaveLength(news);
        expect(polled.ahead.length).toBeLessThan(made.length);
      },
      3 * minute,
    );
  }
});
