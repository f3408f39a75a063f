import { type Corruption, eventOf, some } from "./corruption.ts";

export const reminders: Corruption[] = [
  {
    what: "a reminder of a cancelled booking is still planned",
    found: "remindersFollowPlans",
    apply: ({ rows }, random) =>
      void Object.assign(
        some(rows.reminders, random, ({ state }) => state === "voided"),
        { state: "scheduled" },
      ),
  },
  {
    what: "a reminder was never planned",
    found: "remindersFollowPlans",
    apply: ({ rows }, random) => void rows.reminders.splice(random.below(rows.reminders.length), 1),
  },
  {
    what: "a reminder is overdue",
    found: "remindersFollowPlans",
    apply: ({ rows }, random) =>
      void Object.assign(
        some(rows.reminders, random, ({ state }) => state === "done"),
        { state: "scheduled" },
      ),
  },
  {
    what: "a reminder was sent twice",
    found: "remindersAreSentOnce",
    apply: (evidence, random) => {
      evidence.log.push(structuredClone(eventOf(evidence, random, "booking.reminder")));
    },
  },
  {
    what: "a reminder was recorded as sent and told to nobody",
    found: "remindersAreSentOnce",
    apply: (evidence, random) => {
      const gone = eventOf(evidence, random, "booking.reminder");
      evidence.log = evidence.log.filter(({ id }) => id !== gone.id);
    },
  },
  {
    what: "a mail never went out",
    found: "remindersAreSentOnce",
    apply: (evidence, random) => {
      const isMailed = ({ kind, state }: { kind: string; state: string }) =>
        kind === "email-reminder" && state === "done";
      const { id } = some(evidence.rows.reminders, random, isMailed);
      evidence.mailIds = evidence.mailIds.filter((mailId) => !mailId.startsWith(id));
    },
  },
];
