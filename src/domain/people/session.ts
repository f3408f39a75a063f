import type { Change } from "../change.ts";
import { type EventType, newEvent } from "../event.ts";
import type { User } from "./user.ts";

declare module "../change.ts" {
  interface Rows {
    sessions: Session;
  }
}

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
  command: {
    id: string;
    user: Pick<User, "id" | "organizationId" | "credentialGeneration">;
    eventId: string;
    actorId?: string;
  },
  now: Date,
): Decided {
  const { id, user, eventId, actorId } = command;
  const session: Session = {
    id,
    organizationId: user.organizationId,
    userId: user.id,
    credentialGeneration: user.credentialGeneration,
    generation: 1,
    rotatedAt: now,
    endedAt: null,
    endReason: null,
    version: 1,
    createdAt: now,
  };
  return { session, change: sessionChange("insert", session, "session.started", eventId, now, actorId) };
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

export function rotateSession(session: Session, eventId: string, now: Date): Decided {
  const next = {
    ...session,
    generation: session.generation + 1,
    rotatedAt: now,
    version: session.version + 1,
  };
  return { session: next, change: sessionChange("update", next, "session.refreshed", eventId, now) };
}

/** Moves a session to its user's new credentials. */
export function keepSession(session: Session, user: User, eventId: string, now: Date): Decided {
  const { credentialGeneration } = user;
  const next = { ...session, credentialGeneration, version: session.version + 1 };
  return { session: next, change: sessionChange("update", next, "session.kept", eventId, now) };
}

export function endSession(
  session: Session,
  reason: NonNullable<Session["endReason"]>,
  eventId: string,
  now: Date,
): Decided {
  const next = { ...session, endedAt: now, endReason: reason, version: session.version + 1 };
  return { session: next, change: sessionChange("update", next, "session.ended", eventId, now) };
}

function sessionChange(
  verb: "insert" | "update",
  session: Session,
  type: EventType,
  eventId: string,
  now: Date,
  actorId = session.userId,
): Change {
  const data = { userId: session.userId, ...(session.endReason ? { reason: session.endReason } : {}) };
  const event = newEvent("session", session, { id: eventId, type, actorId, data }, now);
  return verb === "insert"
    ? { insert: { sessions: [session], events: [event] }, update: {} }
    : { insert: { events: [event] }, update: { sessions: [session] } };
}
