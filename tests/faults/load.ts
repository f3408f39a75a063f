import type { Person } from "../support/harness.ts";

/** What a client was told, so that it can be held against the database afterwards. */
export type History = {
  /** The latest acknowledged state of each booking, by id. */
  acknowledged: Map<string, { status: string; version: number; startTime: string }>;
  /** Each 409: the slot that was refused, and when (milliseconds) it was asked for and answered. */
  refused: { resourceId: string; startTime: string; endTime: string; askedAt: number; answeredAt: number }[];
  /** Answers that no client should ever see. */
  unexpected: string[];
  counts: Record<string, number>;
};

export function newHistory(): History {
  return { acknowledged: new Map(), refused: [], unexpected: [], counts: {} };
}

type Load = {
  urls: () => string[];
  people: Person[];
  rooms: string[];
  clients: number;
  /** Asked before each operation with the number of those so far: whether to go on. */
  more: (soFar: number) => boolean;
  /** Slots are picked from this many, each of 30 minutes with starts 15 minutes apart. */
  slots: number;
};

/** Many clients at once create, move and cancel on a few hot resources, and retry whatever was not acknowledged. */
export async function runLoad(load: Load, history = newHistory()): Promise<History> {
  let soFar = 0;
  const client = async (n: number) => {
    const own: string[] = [];
    const person = load.people[n % load.people.length] as Person;
    while (load.more(soFar++)) await oneOperation(load, person, own, history, n);
  };
  await Promise.all(Array.from({ length: load.clients }, (_, n) => client(n)));
  return history;
}

async function oneOperation(
  load: Load,
  person: Person,
  own: string[],
  history: History,
  n: number,
): Promise<void> {
  const dice = Math.random();
  const id = own[Math.floor(Math.random() * own.length)];
  const slot = randomSlot(load);
  const askedAt = Date.now();
  if (id && dice < 0.2) {
    own.splice(own.indexOf(id), 1);
    await send(load, person, history, n, "POST", `/api/bookings/${id}/cancel`, {});
  } else if (id && dice < 0.4) {
    const { resourceId, ...times } = slot;
    const body = await send(load, person, history, n, "PATCH", `/api/bookings/${id}`, {
      ...times,
      resourceId,
    });
    if (body === null) history.refused.push({ ...slot, askedAt, answeredAt: Date.now() });
  } else {
    const body = await send(load, person, history, n, "POST", "/api/bookings", { ...slot, title: "Load" });
    if (body) own.push(body.id);
    else history.refused.push({ ...slot, askedAt, answeredAt: Date.now() });
  }
}

function randomSlot({ rooms, slots }: Load) {
  const start = Date.UTC(2030, 0, 1) + Math.floor(Math.random() * slots) * 15 * 60_000;
  return {
    resourceId: rooms[Math.floor(Math.random() * rooms.length)] as string,
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 30 * 60_000).toISOString(),
  };
}

type Acknowledged = { id: string; status: string; version: number; startTime: string };

const patienceMs = 60_000;

/**
 * Sends until it is answered: a dropped connection and 503 are tried again with the same key, for a minute. Null for 409.
 */
async function send(
  { urls }: Load,
  person: Person,
  history: History,
  n: number,
  method: string,
  path: string,
  body: object,
): Promise<Acknowledged | null> {
  const key = crypto.randomUUID();
  const until = Date.now() + patienceMs;
  for (let attempt = n; ; attempt++) {
    const all = urls();
    const response = await fetch(`${all[attempt % all.length]}${path}`, {
      method,
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${person.token}`,
        ...(method === "POST" ? { "Idempotency-Key": key } : {}),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => null);
    const text = await response?.text().catch(() => null);
    if (!response || text == null || response.status === 503) {
      history.counts.retried = (history.counts.retried ?? 0) + 1;
      if (Date.now() > until) {
        history.unexpected.push(
          `${method} ${path}: for a minute nothing but ${response?.status ?? "no answer"} ${text}`,
        );
        return null;
      }
      await Bun.sleep(50);
      continue;
    }
    history.counts[response.status] = (history.counts[response.status] ?? 0) + 1;
    if (response.status === 409) return null;
    if (!response.ok) {
      history.unexpected.push(`${method} ${path}: ${response.status} ${text}`);
      return null;
    }
    const { id, status, version, startTime } = JSON.parse(text);
    history.acknowledged.set(id, { status, version, startTime });
    return { id, status, version, startTime };
  }
}
