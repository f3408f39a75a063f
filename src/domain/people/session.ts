import type { Author, By } from "../actor.ts";
import type { Change } from "../change.ts";
import { type EventType, record } from "../event.ts";
import type { User } from "./user.ts";

declare module "../change.ts" {
  interface Rows {
    sessions: Session;
  }
}

declare module "../event.ts" {
  interface EventData {
    "session.started": OfSession;
    "session.refreshed": OfSession;
    "session.kept": OfSession;
    "session.ended": OfSession;
  }
}

type OfSession = { userId: string; reason?: NonNullable<Session["endReason"]> };

/**
 * A sign-in, and the family of refresh tokens that came from it. No token is stored: each one is derived from the
 * session's id and its generation.
 */
export type Session = {
  id: string;
  organizationId: string;
  userId: string;
  /** The user's when it began. Once the user's is another, the session is over. */
  credentialGeneration: number;
  /** Counts refreshes. Only the token of this generation is fresh. */
  generation: number;
  /** When the current generation was issued; its token expires a fixed time after. */
  rotatedAt: Date;
  endedAt: Date | null;
  endReason: "logout" | "token_reused" | null;
  version: number;
  createdAt: Date;
};

/** For this long, the previous refresh token returns the same successor again, for clients whose answer was lost. */
export const refreshGraceMs = 10_000;

type Decided = { session: Session; change: Change };

/** A session of `user` as they were when they showed who they are. */
export function startSession(
  by: By<Author>,
  user: Pick<User, "id" | "organizationId" | "credentialGeneration">,
): Decided {
  const session: Session = {
    id: by.newId(),
    organizationId: user.organizationId,
    userId: user.id,
    credentialGeneration: user.credentialGeneration,
    generation: 1,
    rotatedAt: by.now,
    endedAt: null,
    endReason: null,
    version: 1,
    createdAt: by.now,
  };
  const events = [sessionEvent(by, session, "session.started")];
  return { session, change: { insert: { sessions: [session], events } } };
}

/** Whether a session is still valid for its user. */
export function isLive({ session, user }: { session: Session; user: User }): boolean {
  return (
    !session.endedAt &&
    session.userId === user.id &&
    session.credentialGeneration === user.credentialGeneration &&
    user.status === "active"
  );
}

/** Whether a refresh token is valid at this moment. */
export function judgeRefresh(session: Session, generation: number, now: Date): "fresh" | "again" | "reused" {
  if (generation === session.generation) return "fresh";
  const withinGrace = now.getTime() - session.rotatedAt.getTime() <= refreshGraceMs;
  return generation === session.generation - 1 && withinGrace ? "again" : "reused";
}

export function rotateSession(by: By<Author>, before: Session): Decided {
  const generation = before.generation + 1;
  return nextVersion(by, { ...before, generation, rotatedAt: by.now }, "session.refreshed");
}

/** Moves a session to its user's new credentials. */
export function keepSession(by: By<Author>, before: Session, { credentialGeneration }: User): Decided {
  return nextVersion(by, { ...before, credentialGeneration }, "session.kept");
}

export function endSession(
  by: By<Author>,
  before: Session,
  { reason }: { reason: NonNullable<Session["endReason"]> },
): Decided {
  return nextVersion(by, { ...before, endedAt: by.now, endReason: reason }, "session.ended");
}

type SessionEvent = EventType & `session.${string}`;

function nextVersion(by: By<Author>, next: Session, type: SessionEvent): Decided {
  const session = { ...next, version: next.version + 1 };
  const events = [sessionEvent(by, session, type)];
  return { session, change: { insert: { events }, update: { sessions: [session] } } };
}

function sessionEvent(by: By<Author>, session: Session, type: SessionEvent) {
  const { userId, endReason } = session;
  return record(by, session, type, { userId, ...(endReason ? { reason: endReason } : {}) });
}
