import { expect, test } from "bun:test";
import fc from "fast-check";
import { as } from "../support/client.ts";
import { onEachEngine } from "../support/databases.ts";
import { addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";

const runs = 400;

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "ok", "\u0000", "\ud800", "%", "\\", "a".repeat(256), "'; drop table bookings --"),
);
const time = fc.oneof(
  fc
    .date({ min: new Date("1800-01-01"), max: new Date("9500-01-01"), noInvalidDate: true })
    .map((d) => d.toISOString()),
  fc.constantFrom(
    "2030-01-01T00:00:00Z",
    "2030-01-01T01:00:00+23:59",
    "2030-01-01T00:00:00.123456789Z",
    "1900-01-01T00:00:00+14:00",
    "2016-12-31T23:59:60Z",
    "9000-12-31T23:59:59-23:59",
  ),
  text,
);
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1, 2, 0, -1, 1e308, 2 ** 53));
const metadata = fc.oneof(
  fc.dictionary(text, fc.oneof(text, number, fc.boolean(), fc.constant(null)), { maxKeys: 5 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const attendees = fc.array(fc.record({ email: fc.oneof(text, fc.emailAddress()), name: fc.option(text) }), {
  maxLength: 3,
});

const reminders = fc.array(
  fc.record({ minutesBefore: number, channel: fc.oneof(text, fc.constantFrom("email", "websocket")) }),
  { maxLength: 4 },
);

/** The fields of each operation's body, each valid, nearly valid or hostile. `ID` stands for a thing that exists. */
const bodies = {
  "POST /api/bookings": {
    title: text,
    startTime: time,
    endTime: time,
    quantity: number,
    description: text,
    metadata,
    attendees,
    reminders,
  },
  "PATCH /api/bookings/ID": {
    title: text,
    startTime: time,
    endTime: time,
    resourceId: text,
    quantity: number,
    location: text,
    metadata,
    reminders,
  },
  "POST /api/bookings/ID/cancel": { reason: fc.option(text) },
  "POST /api/resources": { name: text, description: text, timezone: text, capacity: number, metadata },
  "PATCH /api/resources/ID": { name: text, timezone: text, capacity: number, metadata },
  "POST /api/users": { email: fc.oneof(text, fc.emailAddress()), name: text, externalId: text },
  "POST /api/auth/refresh": { refreshToken: text },
  "POST /api/auth/verify-email": { token: text },
  "POST /api/auth/forgot-password": { email: fc.oneof(text, fc.emailAddress()) },
  "POST /api/auth/reset-password": { token: text, newPassword: text },
};

const queries = {
  from: time,
  to: time,
  q: text,
  status: text,
  sort: text,
  cursor: text,
  limit: text,
  page: text,
  after: text,
  kind: text,
};
const lists = [
  "/api/bookings",
  "/api/resources",
  "/api/users",
  "/api/events",
  "/api/resources/ID/busy",
  "/api/bookings/ID/reminders",
];

/** A body that is taken, again and again. */
function goodBody(operation: string): object {
  switch (operation) {
    case "POST /api/bookings":
      return { title: "B", ...freeHour() };
    case "POST /api/resources":
      return { name: "Room" };
    case "POST /api/users":
      return { email: `${crypto.randomUUID()}@example.com`, name: "Grace" };
    default:
      return {};
  }
}

let hours = 0;
function freeHour() {
  const start = Date.UTC(2040, 0, 1) + hours++ * 3_600_000;
  return { startTime: new Date(start).toISOString(), endTime: new Date(start + 3_600_000).toISOString() };
}

/** Sends what was generated; throws at the first 5xx, and at the first answer that the document does not tell of. */
async function sendGenerated(harness: Harness, probed = harness): Promise<void> {
  const call = as(probed, await addPerson(harness, "admin"));
  const { body: room } = await call("POST", "/api/resources", { name: "Room", capacity: 3 });
  const slot = { title: "B", startTime: "2031-01-01T00:00:00Z", endTime: "2031-01-01T01:00:00Z" };
  const { body: booking } = await call("POST", "/api/bookings", slot);
  const idIn = (path: string) => path.replace("ID", path.includes("resources") ? room.id : booking.id);
  const statuses = new Set<number>();

  for (const [operation, fields] of Object.entries(bodies)) {
    const [method = "", path = ""] = operation.split(" ");
    const hostile = fc.record(fields as Record<string, fc.Arbitrary<unknown>>);
    // A good body with none, one or two of its fields exchanged: so that much of it gets past the first check.
    const names = Object.keys(fields);
    const exchanged = fc.subarray(names, { maxLength: Math.min(2, names.length) });
    await fc.assert(
      fc.asyncProperty(hostile, exchanged, async (values, chosen) => {
        const sent = {
          ...goodBody(operation),
          ...Object.fromEntries(chosen.map((name) => [name, values[name]])),
        };
        const { status } = await call(method, idIn(path), sent);
        statuses.add(status);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: runs },
    );
  }
  const query = fc.record(queries as Record<string, fc.Arbitrary<string>>, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lists), query, fc.nat(), async (path, all, pick) => {
      const entries = Object.entries(all);
      const chosen = entries.slice(pick % Math.max(entries.length, 1)).slice(0, 2);
      const search = new URLSearchParams(
        chosen.map(([name, value]): [string, string] => [name, String(value)]),
      );
      const { status } = await call("GET", `${idIn(path)}?${search}`);
      statuses.add(status);
      expect(status).toBeLessThan(500);
    }),
    { numRuns: runs },
  );
  // It did not only bounce off the first check.
  for (const status of [200, 201, 400]) expect([...statuses]).toContain(status);
}

onEachEngine("generated requests", (engine) => {
  const harness = useHarness(engine);

  test("never make a 5xx, nor an answer outside the document (G20)", () => sendGenerated(harness()), 120_000);

  test("find a fault that only odd input meets (G20, mutant)", async () => {
    const { store } = harness().context;
    const commit: typeof store.commit = (change) => {
      const [booking] = change.insert.bookings ?? [];
      if (booking?.description) throw new TypeError("a fault of ours");
      return store.commit(change);
    };
    const mutant = withContext(harness(), { store: { ...store, commit } });
    await expect(sendGenerated(harness(), mutant)).rejects.toThrow();
  }, 120_000);
});
