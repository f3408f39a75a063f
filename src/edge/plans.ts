import type { Change } from "../domain/change.ts";
import type { Clock } from "../ports/clock.ts";
import type { Alarm } from "./alarm.ts";
import type { KeyValues } from "./limits.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** After an attempt at something failed, or was interrupted. */
const againMs = 30_000;
/** An object may fall asleep ten seconds after its last request, and forgets what it counted. */
const flushMs = 2_000;
const purgeKey = "purge";

/** In milliseconds since 1970: when to purge next, and until when there is something to purge. */
type PurgePlan = { at: number; until: number };

export type Plans = ReturnType<typeof openPlans>;

/** What will have to happen at a time of its own: each plan sets the alarm. */
export function openPlans({
  alarm,
  kv,
  clock,
  refreshDays,
}: {
  alarm: Alarm;
  kv: KeyValues;
  clock: Clock;
  /** How long a session may be needed. */
  refreshDays: number;
}) {
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
  const by = (at: Date | null | undefined) => void (at && alarm.ringBy(at));
  const again = () => alarm.ringBy(inMs(againMs));
  /** Something was written that has to go one day, which may be as far off as a refresh token is valid. */
  const purge = () => {
    const known = kv.get<PurgePlan>(purgeKey);
    const until = inMs((refreshDays + 1) * dayMs).getTime();
    if (known && known.until > until - dayMs) return;
    const plan: PurgePlan = { at: known?.at ?? inMs(dayMs).getTime(), until };
    kv.put(purgeKey, plan);
    by(new Date(plan.at));
  };
  return {
    by,
    again,
    purge,
    resumePurge: () => {
      const plan = kv.get<PurgePlan>(purgeKey);
      if (plan) by(new Date(plan.at));
    },
    /** Whether a purge is due; if so, the next one is planned, as long as there may be something to purge. */
    takePurge: (): boolean => {
      const plan = kv.get<PurgePlan>(purgeKey);
      const now = clock.now().getTime();
      if (!plan) return false;
      if (plan.at > now) {
        by(new Date(plan.at));
        return false;
      }
      if (now >= plan.until) kv.delete(purgeKey);
      else {
        kv.put(purgeKey, { ...plan, at: now + dayMs } satisfies PurgePlan);
        by(inMs(dayMs));
      }
      return true;
    },
    /** Refusals were counted that are not written yet. */
    flush: () => by(inMs(flushMs)),
    /** What a change needs later. */
    committed: ({ insert = {}, update = {} }: Change) => {
      for (const { attemptAt } of insert.tasks ?? []) by(attemptAt);
      if (insert.sessions || insert.receipts) purge();
      if (update.users?.some(({ erasedAt, redactedAt }) => erasedAt && !redactedAt)) again();
    },
  };
}
