import type { Booking, Evidence, News } from "../evidence.ts";

/** A worker that has taken a reminder may send it for as long as its claim counts, whatever happens to the booking. */
const claimMs = 30_000;
/** Reminders due by then must have been dealt with when the run comes to rest. */
const restMs = 60_000;

type Plan = { version: number; plannedAt: number; rules: Booking["reminders"]; startTime: string };

/** The plans of each booking: a new one with every move and every change of the rules, and an empty one at its end. */
function plansOf(log: News[]): Map<string, Plan[]> {
  const plans = new Map<string, Plan[]>();
  for (const { event, time, data } of log) {
    const { booking, changes = {} } = data;
    const isNew =
      event === "booking.created" || event === "booking.rescheduled" || event === "booking.cancelled";
    if (data.reminder || !(isNew || "reminders" in changes)) continue;
    const rules = event === "booking.cancelled" ? [] : booking.reminders;
    const plan = {
      version: booking.version,
      plannedAt: Date.parse(time),
      rules,
      startTime: booking.startTime,
    };
    plans.set(booking.id, [...(plans.get(booking.id) ?? []), plan]);
  }
  return plans;
}

type Reminder = Evidence["rows"]["reminders"][number];

/** Each plan has its reminders and no others; those of the last one are open or done, those before it are over. */
export function remindersFollowPlans({ log, rows, bookings }: Evidence): string[] {
  const planned = Map.groupBy(
    rows.reminders,
    ({ bookingId, bookingVersion }) => `${bookingId} ${bookingVersion}`,
  );
  const plans = plansOf(log);
  const known = new Set([...plans].flatMap(([id, all]) => all.map(({ version }) => `${id} ${version}`)));
  const rest = Math.max(0, ...log.map(({ time }) => Date.parse(time))) + restMs;
  const stray = rows.reminders.filter(
    ({ bookingId, bookingVersion }) => !known.has(`${bookingId} ${bookingVersion}`),
  );
  return [
    ...stray.map(({ id }) => `Nothing planned the reminder ${id}.`),
    ...bookings.flatMap(({ id }) =>
      (plans.get(id) ?? []).flatMap((plan, n, all) => {
        const found = planned.get(`${id} ${plan.version}`) ?? [];
        const wrong = found.filter((reminder) => !isRight(reminder, plan, all[n + 1], rest));
        return [
          ...(sameRules(plan, found)
            ? []
            : [`Version ${plan.version} of ${id} has not the reminders it asks for.`]),
          ...wrong.map(
            (reminder) => `The reminder ${reminder.id} is ${reminder.status}: ${reminder.reason}.`,
          ),
        ];
      }),
    ),
  ];
}

function sameRules({ rules, startTime }: Plan, found: Reminder[]): boolean {
  const texts = (all: { minutesBefore: number; channel: string; dueAt: number }[]) =>
    all.map(({ minutesBefore, channel, dueAt }) => `${minutesBefore} ${channel} ${dueAt}`).sort();
  const due = rules.map((rule) => ({ ...rule, dueAt: Date.parse(startTime) - rule.minutesBefore * 60_000 }));
  return Bun.deepEquals(texts(due), texts(found));
}

function isRight(
  { status, dueAt, sentAt, reason }: Reminder,
  plan: Plan,
  next: Plan | undefined,
  rest: number,
) {
  if (status === "skipped") return dueAt < plan.plannedAt || reason?.includes("disabled") === true;
  if (status === "sent")
    return sentAt !== null && sentAt >= dueAt && (!next || sentAt < next.plannedAt + claimMs);
  if (next) return status === "voided";
  return status === "scheduled" && dueAt > rest;
}

/** A reminder that was sent is in the log once, under its own id; a mail went out for it, and none for any other. */
export function remindersAreSentOnce({ log, rows, mailIds }: Evidence): string[] {
  const sent = new Map(rows.reminders.filter(({ status }) => status === "sent").map((row) => [row.id, row]));
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
      .filter(({ id, channel }) => channel === "email" && !mailed.has(id))
      .map(({ id }) => `No mail went out for ${id}.`),
    ...[...mailed]
      .filter((id) => all.get(id) && all.get(id)?.channel !== "email")
      .map((id) => `${id} was mailed.`),
  ];
}
