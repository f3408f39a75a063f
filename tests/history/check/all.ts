import type { Evidence } from "../evidence.ts";
import { bookingsAcknowledged, nothingFromNowhere, othersAcknowledged } from "./acknowledged.ts";
import { badRequestsHaveReasons, noServerErrors, noWrongfulRefusals } from "./answers.ts";
import { logWithinCapacity, neverOverbooked, rowsWithinCapacity } from "./capacity.ts";
import { refusalsHaveWitnesses } from "./conflicts.ts";
import { keysAreNotReused, oneAnswerPerKey, oneBookingPerKey } from "./keys.ts";
import {
  changesAreComplete,
  claimsAreBookings,
  everyoneHeardTheLog,
  logIsState,
  otherRowsAreLog,
  versionsWithoutGaps,
} from "./log.ts";
import { anAdminIsLeft, deletedResourcesAreFree } from "./people.ts";
import { readsAreCurrent } from "./reads.ts";
import { remindersAreSentOnce, remindersFollowPlans } from "./reminders.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

type Check = (evidence: Evidence, timeline: Timeline) => string[];

const checks = {
  rowsWithinCapacity,
  neverOverbooked,
  logWithinCapacity,
  bookingsAcknowledged,
  othersAcknowledged,
  nothingFromNowhere,
  oneAnswerPerKey,
  oneBookingPerKey,
  keysAreNotReused,
  refusalsHaveWitnesses,
  badRequestsHaveReasons,
  noWrongfulRefusals,
  noServerErrors,
  readsAreCurrent,
  versionsWithoutGaps,
  logIsState,
  changesAreComplete,
  otherRowsAreLog,
  everyoneHeardTheLog,
  claimsAreBookings,
  remindersFollowPlans,
  remindersAreSentOnce,
  anAdminIsLeft,
  deletedResourcesAreFree,
  databaseIsSound: ({ database }) => database.faults,
} satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

/** What is wrong, by the check that finds it; empty when everything is as promised. */
export function check(evidence: Evidence): Partial<Record<CheckName, string[]>> {
  const timeline = timelineOf(evidence);
  const found = Object.entries(checks).map(([name, run]) => [name, run(evidence, timeline)] as const);
  return Object.fromEntries(found.filter(([, problems]) => problems.length > 0));
}

/** What one check finds. */
export function checkFor(name: CheckName, evidence: Evidence): string[] {
  return (checks[name] as Check)(evidence, timelineOf(evidence));
}
