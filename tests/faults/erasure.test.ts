import { expect, test } from "bun:test";
import { openStore } from "../../db/open.ts";
import type { Store } from "../../src/ports/store.ts";
import { type Answer, callAs, signUp } from "../support/client.ts";
import { onEachEngine, runSql } from "../support/databases.ts";
import type { Person } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";
import { describeSchema } from "../support/schema.ts";
import { type Server, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { differsFromLog } from "./invariants.ts";
import { createWorld, type World } from "./world.ts";

const minute = 60_000;
const rounds = sized("ERASURES", 1);
const [bookingsEach, racers] = [sized("ERASED_BOOKINGS", 10), 8];

type Victim = Awaited<ReturnType<typeof signUp>> & { canary: string };
type Round = {
  world: World;
  servers: Server[];
  victim: Victim;
  past: string[];
  ahead: string[];
  named: string[];
};

const at = (n: number, year: number) => {
  const start = Date.UTC(year, 0, 1) + n * 3_600_000;
  return { startTime: new Date(start).toISOString(), endTime: new Date(start + 3_600_000).toISOString() };
};
const keyed = () => ({ "Idempotency-Key": crypto.randomUUID() });

/** Calls a server; while it is down there is no answer, and nothing to expect of it. */
const callOn = (server: Server | undefined, token: string) => {
  const call = callAs((path, init) => fetch(`${server?.url}${path}`, init), token);
  return (...args: Parameters<typeof call>): Promise<Answer | null> => call(...args).catch(() => null);
};

/** Somebody whose canary is in all that is kept of them, in their own bookings and in those of others. */
async function settleIn({ world, servers }: Pick<Round, "world" | "servers">): Promise<Round> {
  const canary = `canary${crypto.randomUUID().slice(0, 8)}`;
  const signedUp = await signUp(servers[0]?.url ?? "", `Ada ${canary}`, `ada.${canary}@example.com`);
  const victim = { ...signedUp, canary };
  const host = callOn(servers[0], (world.people[1] as Person).token);
  const words = { title: canary, description: canary, location: canary, metadata: { canary } };
  const attendees = [{ email: victim.email, name: canary }];
  const each = <T>(make: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: bookingsEach }, (_, n) => make(n)));
  const own = (year: number) =>
    each(async (n) => {
      const { body } = await victim.call("POST", "/api/bookings", { ...words, ...at(n, year) }, keyed());
      return body.id as string;
    });
  const named = await each(async (n) => {
    const fields = { title: "Party", resourceId: world.rooms[0], attendees, ...at(n, 2031) };
    const made = await host("POST", "/api/bookings", fields, keyed());
    // Half of them name the person in their history alone.
    if (n % 2 === 0) await host("PATCH", `/api/bookings/${made?.body.id}`, { attendees: [] });
    return made?.body.id as string;
  });
  return { world, servers, victim, past: await own(2020), ahead: await own(2032), named };
}

/** Everybody who brings the person's words back, if anything lets them; until the account is redacted. */
function race(
  { world, servers, victim, past, ahead, named }: Round,
  isOver: () => boolean,
): Promise<unknown> {
  const { canary, email } = victim;
  const [admin, host] = world.people as [Person, Person];
  const any = (ids: string[]) => ids[Math.floor(Math.random() * ids.length)] as string;
  const attendees = [{ email, name: canary }];
  let slot = 0;
  // Who hears that a person is gone names them no more: the address is anybody's when it is free again.
  let gone = false;
  const naming = () => (gone ? {} : { attendees });
  const replayed = keyed();
  const moves = [
    () => ["POST", "/api/bookings", { title: canary, ...at(slot++, 2033) }, victim.token, keyed()],
    () => ["POST", "/api/bookings", { title: canary, ...at(0, 2034) }, victim.token, replayed],
    () => ["PATCH", `/api/bookings/${any(past)}`, { title: `${canary} again` }, victim.token],
    () => ["POST", `/api/bookings/${any(past)}/cancel`, { reason: canary }, victim.token, keyed()],
    () => ["PATCH", "/api/auth/me", { name: `${canary} me` }, victim.token],
    () => ["PATCH", `/api/bookings/${any(past)}`, { description: canary }, admin.token],
    () => ["PATCH", `/api/bookings/${any(ahead)}`, at(slot++, 2035), admin.token],
    () => ["PATCH", `/api/users/${victim.user.id}`, { name: canary, status: "active" }, admin.token],
    () => ["POST", `/api/bookings/${any(named)}/cancel`, {}, host.token, keyed()],
    () => ["PATCH", `/api/bookings/${any(named)}`, { title: `Party ${slot++}` }, host.token],
    () => ["PATCH", `/api/bookings/${any(named)}`, { title: "Party", ...naming() }, host.token],
    () => {
      const fields = { title: "Party", resourceId: world.rooms[0], ...naming(), ...at(slot++, 2036) };
      return ["POST", "/api/bookings", fields, host.token, keyed()];
    },
  ] as (() => [string, string, object, string, Record<string, string>?])[];
  const racer = async (n: number) => {
    for (let turn = n; !isOver(); turn++) {
      const [method, path, body, token, headers] = (moves[turn % moves.length] as (typeof moves)[number])();
      const answer = await callOn(servers[turn % servers.length], token)(method, path, body, headers);
      if (answer?.body?.errors?.[0]?.pointer === "/attendees") gone = true;
    }
  };
  return Promise.all(Array.from({ length: racers }, (_, n) => racer(n)));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(5);
}

const redacted = async (store: Store, { user }: Victim, organizationId: string) =>
  (await store.users.byId(organizationId, user.id))?.redactedAt != null;

/** Erases amid the race, twice at once, and kills the process that does it as soon as it has begun to redact. */
async function eraseAmidRace(round: Round): Promise<{ midway: boolean }> {
  const { world, servers, victim } = round;
  const admin = world.people[0] as Person;
  const store = await openStore(world.database.url, { pool: 2 });
  try {
    let over = false;
    const latestRedacted = async () => {
      const filter = { type: "booking.redacted" as const };
      const { rows } = await store.audit.list(admin.organizationId, filter, { limit: 1, sort: "-time" });
      return rows[0]?.id;
    };
    const before = await latestRedacted();
    const racing = race(round, () => over);
    const erase = async (server: Server) => {
      for (;;) {
        const answer = await callOn(server, admin.token)("DELETE", `/api/users/${victim.user.id}`);
        if (answer?.status !== 503) return answer?.status ?? null;
      }
    };
    const erasing = Promise.all(servers.map(erase));
    await until(
      async () =>
        (await redacted(store, victim, admin.organizationId)) || (await latestRedacted()) !== before,
    );
    const midway = !(await redacted(store, victim, admin.organizationId));
    servers[0]?.kill("SIGKILL");
    await servers[0]?.exited;
    // No answer from the one that was killed; "not found" from one that came when the other had finished.
    for (const status of await erasing) expect([null, 204, 404]).toContain(status);
    // A worker begins with what was interrupted.
    servers[0] = await world.serve();
    await until(() => redacted(store, victim, admin.organizationId));
    over = true;
    await racing;
    return { midway };
  } finally {
    await store.close();
  }
}

/**
 * Bookings that name the person in events after the mark alone: a request may have been on its way for so long. Naming
 * an address that belongs to nobody any more is new, and no trace.
 */
async function namedLater({ world, victim }: Round): Promise<string[]> {
  const { url } = world.database;
  const data = url.startsWith("sqlite:") ? "data" : "data::text";
  const mark = `(select seq from events where type = 'user.redacted' and subject_id = '${victim.user.id}')`;
  const rows = await runSql(
    url,
    `select subject_id from events where ${data} like '%${victim.canary}%'
     group by subject_id having min(seq) > ${mark}`,
  );
  return rows.map((row) => String(row.subject_id));
}

/** Whatever names the canary anywhere: rows, and answers of every instance. */
async function traces(round: Round): Promise<string[]> {
  const { world, servers, victim, past, named } = round;
  const { canary, user } = victim;
  const { url } = world.database;
  const later = await namedLater(round);
  const found: string[] = [];
  const look = (where: string, text: string) => {
    const index = text.indexOf(canary);
    if (index >= 0 && !later.some((id) => text.includes(id)))
      found.push(`${where}: ${text.slice(Math.max(0, index - 200), index + 200)}`);
  };
  const tables = new Set((await describeSchema(url)).map((column) => column.split(".")[0]));
  for (const table of tables)
    for (const row of await runSql(url, `select * from ${table}`)) look(String(table), JSON.stringify(row));
  const admin = world.people[0] as Person;
  for (const server of servers) {
    const call = callOn(server, admin.token);
    const paths = [
      `/api/users/${user.id}`,
      `/api/users/${user.id}/export`,
      "/api/users?limit=100",
      ...[...past, ...named]
        .slice(0, 10)
        .flatMap((id) => [`/api/bookings/${id}`, `/api/bookings/${id}/history`]),
    ];
    for (const path of paths) look(path, (await call("GET", path))?.text ?? "no answer");
    for (let after = ""; ; ) {
      const page = await call("GET", `/api/events?limit=100${after && `&after=${after}`}`);
      for (const event of page?.body.data ?? []) look("/api/events", JSON.stringify(event));
      if (!page?.body.pagination.hasMore) break;
      after = page.body.pagination.nextCursor;
    }
  }
  return found;
}

/** What an admin hears who follows the person's room from before the erasure. */
async function heard(server: Server | undefined, { user }: Victim, { token }: Person, after: string) {
  const socket = await TestSocket.open(server?.url ?? "", { token });
  await socket.ask("join-user-room", { userId: user.id, after }, "joined-room");
  await socket.ask("ping", {}, "pong");
  socket.close();
  return socket.frames;
}

onEachEngine("erasing a person amid bookings, changes, replays and a kill", (engine) => {
  const start = async (mutant: string[] = []) => {
    const world = await createWorld(engine, { capacities: [10_000], people: 2 });
    for (const statement of mutant) await runSql(world.database.url, statement);
    const servers = [await world.serve()];
    if (engine === "postgres") servers.push(await world.serve());
    return { world, servers };
  };

  test(
    "leaves no trace of them anywhere (G44)",
    async () => {
      const base = await start();
      let midway = 0;
      for (let n = 0; n < rounds; n++) {
        const round = await settleIn(base);
        const admin = base.world.people[0] as Person;
        const before = await callOn(base.servers[0], admin.token)("GET", "/api/events?limit=1");
        if ((await eraseAmidRace(round)).midway) midway += 1;
        expect(await traces(round)).toEqual([]);
        const frames = await heard(
          base.servers.at(-1),
          round.victim,
          admin,
          before?.body.pagination.nextCursor,
        );
        expect(frames.map(({ event }) => event)).toContain("booking.redacted");
        expect(JSON.stringify(frames)).not.toContain(round.victim.canary);
        const ahead = await runSql(
          base.world.database.url,
          `select id from bookings where owner_id = '${round.victim.user.id}' and status = 'confirmed'
             and end_time > ${engine === "sqlite" ? Date.now() : "now()"}`,
        );
        expect(ahead).toEqual([]);
        expect(await differsFromLog(base.world.database.url)).toEqual([]);
      }
      expect(midway).toBeGreaterThan(0);
      measured("G44", `${engine}: ${rounds} erasures, ${midway} killed midway, 0 traces`);
      await Promise.all(base.servers.map(stopServer));
      await base.world.database.drop();
    },
    30 * minute,
  );

  test(
    "leaves some, when nothing notes whom a booking names (G44, mutant)",
    async () => {
      const on = engine === "sqlite" ? "" : " on bookings";
      const base = await start([
        `drop trigger bookings_mention${on}`,
        `drop trigger bookings_mention_more${on}`,
      ]);
      const round = await settleIn(base);
      await eraseAmidRace(round);
      expect((await traces(round)).length).toBeGreaterThan(0);
      await Promise.all(base.servers.map(stopServer));
      await base.world.database.drop();
    },
    10 * minute,
  );
});
