import type { Actor } from "../domain/actor.ts";
import type { Refusal, RefusalCode } from "../domain/refusal.ts";
import type { Page, PageRequest } from "./page.ts";

/** One line of the audit: something changed, or was refused. `subject` is what changed; null for refusals. */
export type AuditEntry = {
  id: string;
  organizationId: string;
  time: Date;
  type: string;
  subjectType: string | null;
  subjectId: string | null;
  /** The user or the API key; null for the system and for strangers. */
  actorId: string | null;
  data: Record<string, unknown>;
};

/** The refusals of one caller with one code within a minute. */
export type RefusalCount = {
  id: string;
  organizationId: string;
  actorId: string | null;
  code: RefusalCode;
  data: { code: RefusalCode; count: number; ip: string };
  time: Date;
};

export type AuditFilter = {
  type?: string | undefined;
  actorId?: string | undefined;
  subjectId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

export interface Audit {
  /** The latest first. */
  list(organizationId: string, filter: AuditFilter, page: PageRequest<"-time">): Promise<Page<AuditEntry>>;
  appendRefusals(counts: RefusalCount[]): Promise<void>;
}

/** Counts what is refused, and writes it down every minute. */
export interface RefusalLog {
  /** `actor` is null for a stranger. Refusals that are no sign of an attack are not counted. */
  count(refusal: Refusal, actor: Actor | null, ip: string): void;
}
