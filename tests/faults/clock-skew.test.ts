import { expect, test } from "bun:test";
import type { Clock } from "../../src/ports/clock.ts";
import { databaseClock } from "../../src/process/database-clock.ts";
import { slot, workbench } from "../support/changes.ts";
import { describeOnPostgres, runSql } from "../support/databases.ts";
import { useHarness } from "../support/harness.ts";
import { openBroker, startInProcessWorker } from "../support/in-process-worker.ts";
import { measured } from "../support/measured.ts";

const skewMs = 30_000;
const count = 10;

describeOnPostgres("workers whose machines' clocks differ by a minute", () => {
  const harness = useHarness("postgres");
  let hours = 0;

  /** Plans reminders, and lets them come due at a moment by the database's clock. */
  const planned = async (dueInMs: number): Promise<Date> => {
    const bench = await workbench(harness());
    const room = await bench.resource();
    for (let n = 0; n < count; n++) {
      const when = slot(hours++, hours);
      await bench.book(room, { ...when, reminders: [{ minutesBefore: 0, channel: "websocket" }] });
    }
    const due = new Date((await bench.store.time()).getTime() + dueInMs);
    await runSql(
      harness().database.url,
      `update tasks set attempt_at = '${due.toISOString()}' where state = 'scheduled'`,
    );
    return due;
  };
  /** A worker on a machine whose clock is off, with the clock of a process there, or with the machine's own. */
  const worker = async (offMs: number, own: boolean, sendMs: number) => {
    const { store } = harness().context;
    const machine: Clock = { now: () => new Date(Date.now() + offMs) };
    const clock = own ? { ...machine, stop: () => {} } : await databaseClock(store.time, { own: machine });
    const broker = await openBroker(store, { clock });
    const { sent, stop } = startInProcessWorker(store, broker, { sendMs, clock });
    const end = async () => {
      clock.stop();
      await stop();
    };
    return { sent, end };
  };

  /** One that is behind takes all of them up; one that is ahead comes while they are being sent. */
  const sendTogether = async (own: boolean): Promise<number> => {
    await planned(-2 * skewMs);
    const behind = await worker(-skewMs, own, 2_000);
    while (behind.sent.length < count) await Bun.sleep(10);
    const ahead = await worker(skewMs, own, 1);
    const open = "select 1 from tasks where state in ('scheduled', 'leased')";
    while ((await runSql(harness().database.url, open)).length > 0) await Bun.sleep(50);
    await Promise.all([behind.end(), ahead.end()]);
    return behind.sent.length + ahead.sent.length;
  };

  test("send each reminder once", async () => {
    expect(await sendTogether(false)).toBe(count);
    measured("leases", `${count} reminders, clocks 60 s apart: each sent once`);
  }, 60_000);

  test("send them twice where each goes by its own clock (mutant)", async () => {
    expect(await sendTogether(true)).toBeGreaterThan(count);
  }, 60_000);

  /** How long after its time the first reminder was sent, by the database's clock. */
  const lateness = async (offMs: number, own: boolean): Promise<number> => {
    const due = await planned(2_000);
    const only = await worker(offMs, own, 1);
    while (only.sent.length === 0) await Bun.sleep(10);
    const at = await harness().context.store.time();
    await only.end();
    return at.getTime() - due.getTime();
  };

  test.each([skewMs, -skewMs])(
    "send none early and none late: %d ms",
    async (offMs) => {
      const lateMs = await lateness(offMs, false);
      expect(lateMs).toBeGreaterThan(-100);
      // Far from exact on a busy machine, and far from what the machine's clock is off.
      expect(lateMs).toBeLessThan(skewMs / 2);
    },
    60_000,
  );

  test("send early where they go by their own clock (mutant)", async () => {
    expect(await lateness(skewMs, true)).toBeLessThan(-100);
  }, 60_000);
});
