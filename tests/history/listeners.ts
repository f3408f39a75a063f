import { followRooms } from "../../clients/typescript/src/live.ts";
import type { Seeded } from "./seeded.ts";
import type { Stage } from "./stage.ts";

/** What one listener was told, in order. A socket hears of one person; the poller of everyone. */
export type Heard = { listener: string; ownerId: string | null; events: { id: string; event: string }[] };

type Listener = { heard: Heard; stop(): Promise<void> | void };

/** The cursor that a log gives before anything has happened to a booking. */
export async function logStart(stage: Stage): Promise<string> {
  const response = await fetch(`${stage.urls[0]}/api/events`, {
    headers: { "X-API-Key": stage.readerKey },
  });
  const { data, pagination } = (await response.json()) as {
    data: unknown[];
    pagination: { nextCursor: string };
  };
  if (data.length > 0) throw new Error("Somebody has booked already.");
  return pagination.nextCursor;
}

/** A socket of one person, which now and then leaves and comes back to the other process with its last cursor. */
export function listenAs(stage: Stage, personId: string, random: Seeded, start: string): Listener {
  const heard: Heard = { listener: `socket of ${personId}`, ownerId: personId, events: [] };
  const room = `user:${personId}`;
  let cursor = start;
  const open = (server: number) =>
    followRooms({
      baseUrl: stage.urls[server % stage.urls.length] as string,
      token: () => stage.tokenOf(personId),
      rooms: [{ userId: personId }],
      after: { [room]: cursor },
      onEvent: ({ id, event, cursor: next }) => {
        cursor = next;
        heard.events.push({ id, event });
      },
    });
  let server = random.below(2);
  let stop = open(server);
  const timer = setInterval(() => {
    if (!random.chance(0.2)) return;
    stop();
    server += 1;
    stop = open(server);
  }, 1_000);
  return {
    heard,
    stop: () => {
      clearInterval(timer);
      stop();
    },
  };
}

/** One page of the log, from any process that answers; null when none does. */
// biome-ignore lint/suspicious/noExplicitAny: what it holds is checked later
export async function readPage(stage: Stage, path: string, server: number): Promise<any | null> {
  const headers = { "X-API-Key": stage.readerKey };
  const url = `${stage.urls[server % stage.urls.length]}${path}`;
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) }).catch(() => null);
  return response?.ok ? response.json().catch(() => null) : null;
}

/** Polls the log of everyone as a client would, one process after the other. */
export function poll(stage: Stage, start: string): Listener & { readOn(): Promise<number> } {
  const heard: Heard = { listener: "poller", ownerId: null, events: [] };
  let [after, server, goesOn] = [start, 0, true];
  const readOn = async () => {
    server += 1;
    const page = await readPage(stage, `/api/events?limit=100&after=${encodeURIComponent(after)}`, server);
    if (!page) return 0;
    after = page.pagination.nextCursor;
    heard.events.push(...page.data);
    return page.data.length as number;
  };
  const polling = (async () => {
    while (goesOn) {
      const found = await readOn();
      if (found < 100) await Bun.sleep(100);
    }
  })();
  return {
    heard,
    readOn,
    stop: async () => {
      goesOn = false;
      await polling;
    },
  };
}
