import type { Evidence, News } from "../evidence.ts";

/** A worker that has leased a reminder may send it for as long as its lease counts, whatever happens to the booking. */
const leaseMs = 30_000;
/** Reminders due by then must have been dealt with when the run comes to rest. */
const restMs = 60_000;

type Plan = {
  /** The reminder that it asks for: its booking, the version that planned it, its channel and its time. */
  key: string;
  dueAt: number;
  plannedAt: number;
  /** When the booking stopped asking for it. */
  endedAt: number | null;
};

/** What the booking asks for after each event; a reminder whose time stays the same is still the same plan. */
function plansOf(log: News[]): Plan[] {
  const plans: Plan[] = [];
  const open = new Map<string, Map<string, Plan>>();
  for (const { event, time, data } of log) {
    if (data.reminder || !event.startsWith("booking.")) continue;
    const { booking } = data;
    const current = open.getOrInsertComputed(booking.id, () => new Map<string, Plan>());
    const rules = event === "booking.cancelled" ? [] : booking.reminders;
    const asked = new Map(
      rules.map((rule) => {
        const dueAt = Date.parse(booking.startTime) - rule.minutesBefore * 60_000;
        return [`${rule.channel} ${dueAt}`, dueAt];
      }),
    );
    for (const [what, plan] of current) {
      if (asked.has(what)) continue;
      plan.endedAt = Date.parse(time);
      current.delete(what);
    }
    for (const [what, dueAt] of asked) {
      if (current.has(what)) continue;
      const key = `${booking.id} ${booking.version} ${what}`;
      const plan = { key, dueAt, plannedAt: Date.parse(time), endedAt: null };
      current.set(what, plan);
      plans.push(plan);
    }
  }
  return plans;
}

const channelOf = (kind: string) => kind.split("-")[0];

type Reminder = Evidence["rows"]["reminders"][number];

/** Each plan has one reminder, and there are no others. */
export function remindersFollowPlans({ log, rows }: Evidence): string[] {
  const keyOf = ({ subjectId, data: { bookingVersion }, kind, dueAt }: Reminder) =>
    `${subjectId} ${bookingVersion} ${channelOf(kind)} ${dueAt}`;
  const reminders = new Map(rows.reminders.map((reminder) => [keyOf(reminder), reminder]));
  const plans = plansOf(log);
  const planned = new Set(plans.map(({ key }) => key));
  const rest = Math.max(0, ...log.map(({ time }) => Date.parse(time))) + restMs;
  return [
    ...[...reminders]
      .filter(([key]) => !planned.has(key))
      .map(([, { id }]) => `Nothing planned the reminder ${id}.`),
    ...plans.flatMap((plan) => {
      const reminder = reminders.get(plan.key);
      if (!reminder) return [`The reminder ${plan.key} was never planned.`];
      if (isRight(reminder, plan, rest)) return [];
      return [`The reminder ${reminder.id} is ${reminder.state}: ${reminder.reason}.`];
    }),
  ];
}

function isRight({ state, doneAt, reason }: Reminder, { dueAt, plannedAt, endedAt }: Plan, rest: number) {
  if (state === "skipped") return dueAt < plannedAt || reason?.includes("disabled") === true;
  if (state === "done")
    return doneAt !== null && doneAt >= dueAt && (endedAt === null || doneAt < endedAt + leaseMs);
  if (endedAt !== null) return state === "voided";
  return state === "scheduled" && dueAt > rest;
}

/** A reminder that was sent is in the log once, under its own id; a mail went out for it, and none for any other. */
export function remindersAreSentOnce({ log, rows, mailIds }: Evidence): string[] {
  const sent = new Map(rows.reminders.filter(({ state }) => state === "done").map((row) => [row.id, row]));
  const told = log.filter(({ data }) => data.reminder).map(({ id, data }) => ({ id, of: data.reminder?.id }));
  const ids = new Set(told.map(({ id }) => id));
  const mailed = new Set(mailIds.map((id) => id.split("@")[0] ?? ""));
  const all = new Map(rows.reminders.map((row) => [row.id, row]));
  return [
    ...told
      .filter(({ id, of }) => id !== of || !sent.has(id))
      .map(({ id }) => `${id} was told and not sent.`),
    ...(ids.size === told.length ? [] : ["A reminder was told twice."]),
    ...[...sent.keys()].filter((id) => !ids.has(id)).map((id) => `${id} was sent and never told.`),
    ...[...sent.values()]
      .filter(({ id, kind }) => channelOf(kind) === "email" && !mailed.has(id))
      .map(({ id }) => `No mail went out for ${id}.`),
    ...[...mailed]
      .filter((id) => all.has(id) && all.get(id)?.kind !== "email-reminder")
      .map((id) => `${id} was mailed.`),
  ];
}
