import { differsFromLog, overbooked, overlaps } from "../faults/invariants.ts";
import { type EngineName, runSql } from "../support/databases.ts";
import type { Installation } from "./installation.ts";
import { type Heard, type listenAs, type poll, readPage } from "./listeners.ts";
import type { Operation } from "./record.ts";
import { loadRows, type Rows } from "./rows.ts";
import type { Stage } from "./stage.ts";

/** A booking as the API shows it. */
export type Booking = {
  id: string;
  status: "confirmed" | "cancelled";
  version: number;
  startTime: string;
  endTime: string;
  resourceId: string;
  ownerId: string;
  quantity: number;
  metadata: Record<string, unknown>;
  reminders: { minutesBefore: number; channel: string }[];
  cancellationReason: string | null;
  [field: string]: unknown;
};

/** An event as `GET /api/events` shows it. */
export type News = {
  id: string;
  event: string;
  cursor: string;
  time: string;
  data: {
    booking: Booking;
    changes?: Record<string, { before: unknown; after: unknown }>;
    actorId?: string | null;
    reminder?: { id: string };
  };
};

/** Everything that the checks look at: what was asked and answered, and what is there afterwards. Plain data. */
export type Evidence = {
  engine: EngineName;
  operations: Operation[];
  kills: Record<string, number>;
  people: { users: string[]; council: string[] };
  /** The log from its beginning, in its order. */
  log: News[];
  heard: Heard[];
  bookings: Booking[];
  rows: Rows;
  mailIds: string[];
  /** What SQL finds in the whole database. */
  database: { overlaps: number; overbooked: number; differsFromLog: string[]; faults: string[] };
};

type Parts = {
  engine: EngineName;
  installation: Installation;
  stage: Stage;
  start: string;
  sockets: ReturnType<typeof listenAs>[];
  poller: ReturnType<typeof poll>;
  kills: Record<string, number>;
};

/** Until every reminder that falls due has been dealt with. A claim of a killed worker counts for half a minute. */
async function untilReminded(url: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await Bun.sleep(250)) {
    const open = (await loadRows(url)).reminders.filter(
      ({ state, dueAt }) => (state === "scheduled" || state === "leased") && dueAt < Date.now() + 600_000,
    );
    if (open.length === 0) return;
  }
}

async function readAll<T>(stage: Stage, path: (cursor: string | null) => string): Promise<T[]> {
  const all: T[] = [];
  for (let [cursor, failures] = [null as string | null, 0]; ; ) {
    const page = await readPage(stage, path(cursor), failures);
    if (!page && ++failures > 200) throw new Error(`${path(cursor)} does not answer.`);
    if (!page) await Bun.sleep(100);
    if (!page) continue;
    all.push(...page.data);
    if (!page.pagination.hasMore) return all;
    cursor = page.pagination.nextCursor;
  }
}

const withCursor = (name: string, cursor: string | null) =>
  cursor === null ? "" : `&${name}=${encodeURIComponent(cursor)}`;

export async function collect(parts: Parts): Promise<Evidence> {
  const { installation, stage, start, sockets, poller } = parts;
  const { url } = installation.world.database;
  await untilReminded(url);
  const log = await readAll<News>(
    stage,
    (cursor) => `/api/events?limit=100${withCursor("after", cursor ?? start)}`,
  );
  const bookings = await readAll<Booking>(
    stage,
    (cursor) => `/api/bookings?limit=100${withCursor("cursor", cursor)}`,
  );
  await poller.stop();
  while ((await poller.readOn()) > 0);
  const heard = sockets.map((socket) => socket.heard);
  const wanted = log.filter(({ data }) => stage.own.has(data.booking.ownerId)).length;
  for (const end = Date.now() + 30_000; Date.now() < end; await Bun.sleep(50))
    if (heard.reduce((sum, { events }) => sum + events.length, 0) >= wanted) break;
  for (const socket of sockets) await socket.stop();
  await installation.halt();
  return {
    engine: parts.engine,
    operations: stage.history.operations,
    kills: parts.kills,
    people: { users: stage.users, council: stage.council },
    log,
    heard: [...heard, poller.heard],
    bookings,
    rows: await loadRows(url),
    mailIds: installation.mails.messageIds,
    database: await examine(url, installation.databaseLog()),
  };
}

/** What SQL finds, and what the server itself wrote down. */
export async function examine(url: string, databaseLog: string): Promise<Evidence["database"]> {
  const faults = databaseLog.split(/\n(?=\d{4}-)/).filter((entry) => /deadlock|PANIC|corrupt/i.test(entry));
  if (url.startsWith("sqlite:")) {
    const [integrity] = await runSql(url, "pragma integrity_check");
    if (integrity?.integrity_check !== "ok") faults.push(JSON.stringify(integrity));
  }
  return {
    overlaps: await overlaps(url),
    overbooked: await overbooked(url),
    differsFromLog: await differsFromLog(url).catch((error) => [String(error)]),
    faults,
  };
}
