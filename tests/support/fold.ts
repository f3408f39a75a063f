import type { LoggedEvent, Store } from "../../src/ports/store.ts";

type BookingEvent = {
  subjectId: string;
  version: number | null;
  type: string;
  time: Date;
  data: Record<string, unknown>;
};

/** Every booking as the log tells it: created, then changed field by field. Keyed by id, as JSON values. */
export async function foldBookings(store: Store): Promise<Map<string, Record<string, unknown>>> {
  return foldLog((await wholeLog(store)).filter((event) => event.subjectType === "booking"));
}

/** The same from the events of bookings, wherever they were read. Throws where they contradict each other. */
export function foldLog(events: BookingEvent[]): Map<string, Record<string, unknown>> {
  const folded = new Map<string, Record<string, unknown>>();
  for (const event of events) {
    if (event.version === null) continue;
    const before = folded.get(event.subjectId);
    if (event.type === "booking.created") {
      if (before || event.version !== 1) throw new Error(`${event.subjectId} is created twice.`);
      folded.set(event.subjectId, event.data.booking as Record<string, unknown>);
      continue;
    }
    if (!before || event.version !== Number(before.version) + 1)
      throw new Error(`${event.subjectId} skips a version.`);
    const changes = Object.entries(event.data.changes as Record<string, { after: unknown }>);
    folded.set(event.subjectId, {
      ...before,
      ...Object.fromEntries(changes.map(([field, { after }]) => [field, after])),
      version: event.version,
      updatedAt: event.time.toISOString(),
    });
  }
  return folded;
}

export async function wholeLog(store: Store, limit = 500): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (;;) {
    const read = await store.events.after(events.at(-1)?.position ?? store.events.beginning, limit);
    if (read.length === 0) return events;
    events.push(...read);
  }
}
