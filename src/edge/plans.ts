import type { Change } from "../domain/change.ts";
import type { Clock } from "../ports/clock.ts";
import type { Alarm } from "./alarm.ts";
import type { KeyValues } from "./runtime.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** After an attempt at something failed, or was interrupted. */
const retryMs = 30_000;
/** An object may fall asleep ten seconds after its last request, and forgets what it counted. */
const flushMs = 2_000;
const purgeKey = "purge";

/** In milliseconds since 1970: when to purge next, and until when there is something to purge. */
type PurgePlan = { at: number; until: number };

export type Plans = ReturnType<typeof openPlans>;

type Options = {
  alarm: Alarm;
  kv: KeyValues;
  clock: Clock;
  /** The longest that anything is kept which is purged. */
  keptDays: number;
};

/** What will have to happen at a time of its own: each plan sets the alarm. */
export function openPlans({ alarm, kv, clock, keptDays }: Options) {
  const nowMs = () => clock.now().getTime();
  const ringBy = (at: Date | number | null | undefined) => {
    if (at !== null && at !== undefined) alarm.ringBy(new Date(at));
  };
  const retrySoon = () => ringBy(nowMs() + retryMs);
  /** Something was written that has to go one day. */
  const planPurge = () => {
    const known = kv.get<PurgePlan>(purgeKey);
    const until = nowMs() + (keptDays + 1) * dayMs;
    if (known && known.until > until - dayMs) return;
    const plan: PurgePlan = { at: known?.at ?? nowMs() + dayMs, until };
    kv.put(purgeKey, plan);
    ringBy(plan.at);
  };
  return {
    ringBy,
    retrySoon,
    planPurge,
    /** Whether a purge is due; if not, the alarm is set for it. */
    isPurgeDue: (): boolean => {
      const plan = kv.get<PurgePlan>(purgeKey);
      if (!plan) return false;
      if (plan.at <= nowMs()) return true;
      ringBy(plan.at);
      return false;
    },
    /** Plans the next one, as long as there may be something to purge. */
    purged: () => {
      const plan = kv.get<PurgePlan>(purgeKey);
      if (!plan || nowMs() >= plan.until) return void kv.delete(purgeKey);
      const next: PurgePlan = { ...plan, at: nowMs() + dayMs };
      kv.put(purgeKey, next);
      ringBy(next.at);
    },
    /** Refusals were counted that are not written yet. */
    planFlush: () => ringBy(nowMs() + flushMs),
    /** What a change needs later. */
    committed: ({ insert = {}, update = {} }: Change) => {
      for (const { attemptAt } of insert.tasks ?? []) ringBy(attemptAt);
      if (insert.sessions || insert.receipts) planPurge();
      if (update.users?.some(({ erasedAt, redactedAt }) => erasedAt && !redactedAt)) retrySoon();
    },
  };
}
