import type { CheckName } from "../check/all.ts";
import type { Timeline } from "../check/timeline.ts";
import type { Evidence, News } from "../evidence.ts";
import { type Attempt, isSuccess, type Operation } from "../record.ts";
import type { Seeded } from "../seeded.ts";

/** A way to falsify the evidence, and the check that must find it: the mutants of the checker. */
export type Corruption = {
  what: string;
  found: CheckName;
  apply(evidence: Evidence, random: Seeded, timeline: Timeline): void;
};

/** Any one that fits; a run in which there is none can't show that the check works. */
export function some<T>(items: T[], random: Seeded, fits: (item: T) => boolean = () => true): T {
  const fitting = items.filter(fits);
  if (fitting.length === 0) throw new Error("The run has nothing to corrupt in this way.");
  return random.pick(fitting);
}

export const successOf = ({ attempts }: Operation) => attempts.find(isSuccess) as Attempt;

export function succeeded(kind: Operation["kind"]): (operation: Operation) => boolean {
  return (operation) => operation.kind === kind && operation.attempts.some(isSuccess);
}

export function eventOf({ log }: Evidence, random: Seeded, event: string): News {
  return some(log, random, (news) => news.event === event);
}

/** Changes what an answer said. */
export function edit(attempt: Attempt, change: (body: Record<string, unknown>) => void): void {
  const body = JSON.parse(attempt.text);
  change(body);
  attempt.text = JSON.stringify(body);
}

/** Makes a success into this one other answer. */
export function answerInstead(operation: Operation, status: number, code = ""): void {
  const text = JSON.stringify({ code, detail: "" });
  operation.attempts = [{ ...successOf(operation), status, retryAfter: null, text }];
}

/** A moment at which nothing of the run was under way any more. */
export function afterwards({ log }: Evidence): number {
  return Math.max(...log.map(({ time }) => Date.parse(time))) + 120_000;
}
