import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

// The clock stands at the beginning of 2027.
const times = { startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
const rules = [
  { minutesBefore: 60, channel: "email" },
  { minutesBefore: 0, channel: "websocket" },
];

onEveryEngine("the reminders of a booking", (engine) => {
  const harness = useHarness(engine);
  const someone = async (seen = harness()) => as(seen, await addPerson(seen));
  const book = async (more: object, seen = harness()) => {
    const call = await someone(seen);
    const { body: booking } = await call("POST", "/api/bookings", { title: "B", ...times, ...more });
    const reminders = async (query = "") =>
      (await call("GET", `/api/bookings/${booking.id}/reminders${query}`)).body;
    const patch = (body: object) => call("PATCH", `/api/bookings/${booking.id}`, body);
    return { call, booking, reminders, patch };
  };

  test("are the defaults where it names none, none where it wants none, and its own where it has them", async () => {
    const left = await book({});
    expect(left.booking.reminders).toEqual([{ minutesBefore: 10, channel: "websocket" }]);
    expect((await left.reminders()).data).toMatchObject([
      { dueAt: "2027-06-01T09:50:00.000Z", status: "scheduled", nextAttemptAt: "2027-06-01T09:50:00.000Z" },
    ]);
    expect((await (await book({ reminders: [] })).reminders()).data).toEqual([]);
    const own = await book({ reminders: rules });
    expect(own.booking.reminders).toEqual(rules);
    expect((await own.reminders()).data).toMatchObject([
      { channel: "email", minutesBefore: 60, bookingVersion: 1, attempts: 0, reason: null, sentAt: null },
      { channel: "websocket", minutesBefore: 0 },
    ]);
  });

  test("by mail say from the start that they will be skipped where no mail is sent", async () => {
    const mailless = withContext(harness(), { sendsMail: false });
    const { reminders } = await book({ reminders: rules }, mailless);
    expect((await reminders()).data).toMatchObject([
      { channel: "email", status: "scheduled", reason: expect.stringContaining("sends no mail") },
      { channel: "websocket", status: "scheduled", reason: null },
    ]);
  });

  test("are planned again by another start and by other rules, and by nothing else", async () => {
    const { booking, reminders, patch } = await book({ reminders: rules });
    await patch({ title: "Another", location: "Elsewhere", reminders: rules });
    expect((await reminders()).data).toHaveLength(2);
    await patch({ startTime: "2027-06-01T10:30:00Z" });
    const afterMove = (await reminders()).data;
    expect(afterMove.map((r: { status: string }) => r.status).sort()).toEqual([
      "scheduled",
      "scheduled",
      "voided",
      "voided",
    ]);
    expect(afterMove.find((r: { status: string }) => r.status === "voided").reason).toBe(
      "The booking moved.",
    );
    const { body: changed } = await patch({ reminders: [{ minutesBefore: 5, channel: "email" }] });
    expect([changed.version, changed.reminders]).toEqual([4, [{ minutesBefore: 5, channel: "email" }]]);
    const scheduled = (await reminders()).data.filter((r: { status: string }) => r.status === "scheduled");
    expect(scheduled).toMatchObject([
      { minutesBefore: 5, bookingVersion: 4, dueAt: "2027-06-01T10:25:00.000Z" },
    ]);
    expect(booking.version).toBe(1);
  });

  test("are kept where their time stays the same, whatever else changes", async () => {
    const { call, reminders, patch } = await book({ reminders: rules });
    const before = (await reminders()).data;
    await patch({ endTime: "2027-06-01T12:00:00Z" });
    const { body: room } = await call("POST", "/api/resources", { name: "Elsewhere" });
    await patch({ resourceId: room.id });
    expect((await reminders()).data).toEqual(before);

    const [mail, socket] = rules;
    await patch({ reminders: [socket, { minutesBefore: 30, channel: "email" }, mail] });
    const more = (await reminders()).data;
    expect(more).toHaveLength(3);
    expect(more).toEqual(expect.arrayContaining(before));

    await patch({ reminders: [mail, { minutesBefore: 60, channel: "websocket" }] });
    const byStatus = Object.groupBy((await reminders()).data, ({ status }: { status: string }) => status);
    expect(byStatus.scheduled).toContainEqual(
      before.find((each: { channel: string }) => each.channel === "email"),
    );
    expect(byStatus.scheduled).toHaveLength(2);
    expect(byStatus.voided).toMatchObject([
      { reason: "The reminders of the booking were changed." },
      { reason: "The reminders of the booking were changed." },
    ]);
  });

  test("are voided by a cancel, and skipped with the reason where their time has passed", async () => {
    const { call, booking, reminders } = await book({ reminders: rules });
    await call("DELETE", `/api/bookings/${booking.id}`);
    expect((await reminders()).data).toMatchObject([
      { status: "voided", reason: "The booking was cancelled.", nextAttemptAt: null },
      { status: "voided" },
    ]);
    const past = await book({ startTime: "2026-06-01T10:00:00Z", endTime: "2026-06-01T11:00:00Z" });
    expect((await past.reminders()).data).toMatchObject([
      { status: "skipped", reason: "Its time had passed when it was planned." },
    ]);
  });

  test("come in pages", async () => {
    const { reminders } = await book({ reminders: rules });
    const first = await reminders("?limit=1");
    const second = await reminders(`?limit=1&cursor=${first.pagination.nextCursor}`);
    expect([first.data[0].channel, second.data[0].channel]).toEqual(["email", "websocket"]);
    expect((await reminders("?page=1")).pagination.total).toBe(2);
  });

  test("are refused where they make no sense, by pointer", async () => {
    const call = await someone();
    const refused = async (reminders: unknown) => {
      const answer = await call("POST", "/api/bookings", { title: "B", ...times, reminders });
      return [answer.status, answer.body.errors?.[0].pointer];
    };
    expect(await refused([{ minutesBefore: -1, channel: "email" }])).toEqual([
      400,
      "/reminders/0/minutesBefore",
    ]);
    expect(await refused([{ minutesBefore: 40_321, channel: "email" }])).toEqual([
      400,
      "/reminders/0/minutesBefore",
    ]);
    expect(await refused([{ minutesBefore: 1, channel: "pigeon" }])).toEqual([400, "/reminders/0/channel"]);
    expect(await refused([{ minutesBefore: 1, channel: "email", to: "x" }])).toEqual([
      400,
      "/reminders/0/to",
    ]);
    expect(await refused([rules[0], rules[0]])).toEqual([400, "/reminders"]);
    const many = Array.from({ length: 11 }, (_, minutesBefore) => ({ minutesBefore, channel: "email" }));
    expect(await refused(many)).toEqual([400, "/reminders"]);
    expect(await refused(null)).toEqual([400, "/reminders"]);
  });
});
