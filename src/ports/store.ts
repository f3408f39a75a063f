import type { Booking } from "../domain/bookings/booking.ts";
import type { BookingStatus } from "../domain/bookings/status.ts";
import type { Change } from "../domain/change.ts";
import type { Event, VersionedEvent } from "../domain/event.ts";
import type { ApiKey } from "../domain/people/api-key.ts";
import type { Link } from "../domain/people/link.ts";
import type { Organization } from "../domain/people/organization.ts";
import type { Session } from "../domain/people/session.ts";
import type { Role, User } from "../domain/people/user.ts";
import type { Receipt } from "../domain/receipt.ts";
import type { Resource } from "../domain/resources/resource.ts";
import type { Busy } from "../domain/scheduling/alternatives.ts";
import type { Interval } from "../domain/scheduling/interval.ts";
import type { TaskState } from "../domain/tasks/task.ts";
import type { Audit } from "./audit.ts";
import type { Erasure } from "./erasure.ts";
import type { Page, PageRequest } from "./page.ts";
import type { Tasks } from "./tasks.ts";

/**
 * The database's answer to a change. `stale`: another change of the same thing came first; load and decide again.
 * `credentials_changed`: somebody's credentials have changed since the decision (`Change.requires`); decide again. The
 * others name the guard that refused; nothing was written.
 */
export type CommitOutcome =
  | "committed"
  | "stale"
  | "credentials_changed"
  | "slot_taken"
  | "resource_gone"
  | "resource_in_use"
  | "email_taken"
  | "last_admin"
  | "user_erased"
  | "owner_erased"
  | "attendee_erased"
  | "receipt_exists";

export type BookingSort = "startTime" | "-startTime" | "createdAt" | "-createdAt";

export type BookingFilter = {
  from?: Date | undefined;
  to?: Date | undefined;
  status?: BookingStatus[] | undefined;
  resourceId?: string | undefined;
  ownerId?: string | undefined;
  q?: string | undefined;
};

export type ResourceFilter = {
  q?: string | undefined;
  kind?: Resource["kind"] | undefined;
  /** Only calendars of this user; all calendars when left out. */
  calendarsOf?: string | undefined;
};

export type UserFilter = {
  q?: string | undefined;
  role?: Role | undefined;
  status?: User["status"] | undefined;
};

/** A position in the event log: opaque to all but the engine that made it. */
export type LogPosition = string;

/** An event, with where it is in the log. */
export type LoggedEvent = Event & { position: LogPosition };

/** What an unordered reader has seen of the log: opaque, and of use only with the log that issued it. */
export type LogMark = string;

/**
 * The changes that have become visible since a mark. `events` is null when nobody can say: then anything may have
 * changed.
 */
export type Sighting = { mark: LogMark; events: Event[] | null };

export type LogFilter = {
  after: LogPosition;
  /** The last position to look at, itself included: one that the ordered log has reached, so that all before it is settled. */
  upTo: LogPosition;
  /** Nothing older than this instant. */
  since: Date;
  ownerId?: string | undefined;
  resourceId?: string | undefined;
};

/** A claim that overlaps an interval, with what is needed to say whose it is. */
export type Overlap = Interval & { bookingId: string; resourceId: string; ownerId: string; title: string };

/** The database: one way to write, and the reads that operations need. Every read names its organization. */
export interface Store {
  readonly engine: "postgres" | "sqlite";
  /** Writes all of it or nothing. Throws `Refusal` `unavailable` when the database can't be reached. */
  commit(change: Change): Promise<CommitOutcome>;

  organizations: { bySlug(slug: string): Promise<Organization | null> };
  users: {
    byId(organizationId: string, id: string): Promise<User | null>;
    /** Emails are unique in the installation, so signing in needs no organization. */
    byEmail(email: string): Promise<User | null>;
    list(organizationId: string, filter: UserFilter, page: PageRequest<"createdAt">): Promise<Page<User>>;
    countAdmins(): Promise<number>;
    /** Closed accounts of which traces may be left. */
    toRedact(): Promise<User[]>;
  };
  sessions: {
    byId(id: string): Promise<Session | null>;
    /** A session and its user, in one read: what every signed-in request asks. */
    withUser(id: string): Promise<{ session: Session; user: User } | null>;
    /** Sessions of a user's present credentials that were refreshed since an instant, the latest first. */
    current(user: User, since: Date, limit: number): Promise<Session[]>;
    /** All stored sessions of a user, one page at a time. */
    ofUser(userId: string, page: PageRequest<"createdAt">): Promise<Page<Session>>;
    /** Deletes at most `limit` sessions that were last refreshed before an instant; says how many. */
    purge(before: Date, limit: number): Promise<number>;
  };
  apiKeys: {
    /** In any organization: the key itself says which one. */
    byId(id: string): Promise<ApiKey | null>;
    list(organizationId: string, page: PageRequest<"createdAt">): Promise<Page<ApiKey>>;
    /** Notes that it was used. */
    touch(id: string, at: Date): Promise<void>;
  };
  resources: {
    byId(organizationId: string, id: string): Promise<Resource | null>;
    list(
      organizationId: string,
      filter: ResourceFilter,
      page: PageRequest<"createdAt">,
    ): Promise<Page<Resource>>;
    /** When it is taken and how much of it, in steps that touch the interval, the earliest first. */
    busy(resourceId: string, interval: Interval): Promise<Busy[]>;
    /** The same with its capacity, both as they are now in the database; null when the resource is gone. */
    space(resourceId: string, interval: Interval): Promise<{ capacity: number; busy: Busy[] } | null>;
  };
  bookings: {
    byId(organizationId: string, id: string): Promise<Booking | null>;
    /** The same of several at once, in their order. */
    byIds(keys: { organizationId: string; id: string }[]): Promise<(Booking | null)[]>;
    list(
      organizationId: string,
      filter: BookingFilter,
      page: PageRequest<BookingSort>,
    ): Promise<Page<Booking>>;
    /** Some of the claims that block an interval: as many as `limit`, the earliest of these first. */
    overlapping(resourceId: string, interval: Interval, limit: number): Promise<Overlap[]>;
  };
  /** What the worker has to do. */
  tasks: Tasks;
  reminders: {
    /** The data needed to send reminders: the booking, the time zone of the resource, and the recipient. */
    withBookings(
      ids: string[],
    ): Promise<{ id: string; state: TaskState; booking: Booking; timezone: string; owner: User }[]>;
  };
  links: {
    withUser(id: string): Promise<{ link: Link; user: User } | null>;
    unusedOf(userId: string): Promise<Link[]>;
  };
  audit: Audit;
  erasure: Erasure;
  events: {
    /** The events that changed a thing, the oldest first, a page at a time. */
    ofSubject(
      organizationId: string,
      subjectId: string,
      page: PageRequest<"version">,
    ): Promise<Page<VersionedEvent>>;
    /** Committed events after a position, in commit order: never one that a later read would precede. */
    after(position: LogPosition, limit: number): Promise<LoggedEvent[]>;
    /** The same, of bookings in one organization, of one owner or about one resource, within bounds. */
    ofBookings(organizationId: string, filter: LogFilter, limit: number): Promise<LoggedEvent[]>;
    /** Where an event of the organization is in this log; null if it is not. */
    positionOf(organizationId: string, eventId: string): Promise<LogPosition | null>;
    /** The id of the organization's last event of a booking up to a position; null before the first. */
    latestOfBookings(organizationId: string, upTo: LogPosition): Promise<string | null>;
    /** Whether this log can have issued a position: false for one of another log, or past the end. */
    issued(position: LogPosition): Promise<boolean>;
    /** Where the log ends now; its beginning when it is empty. */
    end(): Promise<LogPosition>;
    /**
     * The events of anything but bookings that have become visible since a mark, settled or not, each once and in no
     * order; and the mark to continue from. The events are null without a mark, when the mark is from another log (the
     * database was restored, restarted or replaced since), and when there are too many to read at once.
     */
    visibleSince(mark: LogMark | null): Promise<Sighting>;
    /** A position that lies before every event since an instant, and not long before; null when there are none since. */
    positionBefore(since: Date): Promise<LogPosition | null>;
    /** When the oldest event came that is committed and that ordered readers must wait for; null when there is none. */
    unsettledSince(): Promise<Date | null>;
    /** Before the first event. */
    readonly beginning: LogPosition;
  };
  receipts: {
    find(callerId: string, key: string): Promise<Receipt | null>;
    /** Deletes those made before `before`; says how many. */
    purge(before: Date): Promise<number>;
  };

  /** A setting of the installation, made once: the first value wins and every process gets it. */
  settingOnce(name: string, value: string): Promise<string>;
  /** Deletes some rows of an organization of demo data, and returns how many: 0 when none are left. */
  removeDemo(organizationId: string): Promise<number>;
  /** Call this after writing many rows at once, so that queries are planned for them. */
  refreshStatistics(): Promise<void>;
  ping(): Promise<void>;
  /** The database's clock. */
  time(): Promise<Date>;
  /** Why writes fail now, in a sentence; null when writes work. */
  notWritable(): Promise<string | null>;
  close(): Promise<void>;
}
