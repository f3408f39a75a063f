import type { Scope } from "../src/domain/actor.ts";
import type { Attendee } from "../src/domain/bookings/booking.ts";
import type { BookingStatus } from "../src/domain/bookings/status.ts";
import type { EventType, SubjectType } from "../src/domain/event.ts";
import type { LinkPurpose } from "../src/domain/people/link.ts";
import type { Session } from "../src/domain/people/session.ts";
import type { Role, User } from "../src/domain/people/user.ts";
import type { RefusalCode } from "../src/domain/refusal.ts";
import type { ReminderRule } from "../src/domain/reminders/reminder-rule.ts";
import type { Metadata, Resource } from "../src/domain/resources/resource.ts";
import type { TaskState } from "../src/domain/tasks/task.ts";
import type { RefusalCount } from "../src/ports/audit.ts";
import type { Vocabulary } from "./columns.ts";

/**
 * The tables, once for both dialects. Constraints, triggers and indexes are in the migrations, where the
 * database itself reads them; so are the columns that only an engine uses (`engineColumns`).
 */
export function defineTables(c: Vocabulary) {
  return {
    organizations: c.table("organizations", {
      id: c.id("id").notNull(),
      slug: c.text("slug").notNull(),
      name: c.text("name").notNull(),
      demo: c.flag("demo").notNull(),
      createdAt: c.instant("created_at").notNull(),
    }),
    users: c.table("users", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      email: c.text("email").notNull(),
      name: c.text("name").notNull(),
      role: c.choice<Role>("role").notNull(),
      status: c.choice<User["status"]>("status").notNull(),
      passwordHash: c.text("password_hash"),
      credentialGeneration: c.integer("credential_generation").notNull(),
      emailVerifiedAt: c.instant("email_verified_at"),
      erasedAt: c.instant("erased_at"),
      redactedAt: c.instant("redacted_at"),
      externalId: c.text("external_id"),
      calendarId: c.id("calendar_id").notNull(),
      version: c.integer("version").notNull(),
      createdAt: c.instant("created_at").notNull(),
      updatedAt: c.instant("updated_at").notNull(),
    }),
    sessions: c.table("sessions", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      userId: c.id("user_id").notNull(),
      credentialGeneration: c.integer("credential_generation").notNull(),
      generation: c.integer("generation").notNull(),
      rotatedAt: c.instant("rotated_at").notNull(),
      endedAt: c.instant("ended_at"),
      endReason: c.choice<NonNullable<Session["endReason"]>>("end_reason"),
      version: c.integer("version").notNull(),
      createdAt: c.instant("created_at").notNull(),
    }),
    apiKeys: c.table("api_keys", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      name: c.text("name").notNull(),
      scopes: c.json<Scope[]>("scopes").notNull(),
      secretHash: c.text("secret_hash").notNull(),
      createdBy: c.id("created_by"),
      expiresAt: c.instant("expires_at"),
      lastUsedAt: c.instant("last_used_at"),
      revokedAt: c.instant("revoked_at"),
      version: c.integer("version").notNull(),
      createdAt: c.instant("created_at").notNull(),
    }),
    resources: c.table("resources", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      name: c.text("name").notNull(),
      description: c.text("description"),
      timezone: c.text("timezone").notNull(),
      capacity: c.integer("capacity").notNull(),
      kind: c.choice<Resource["kind"]>("kind").notNull(),
      ownerId: c.id("owner_id"),
      metadata: c.json<Metadata>("metadata").notNull(),
      rulesVersion: c.integer("rules_version").notNull(),
      version: c.integer("version").notNull(),
      deletedAt: c.instant("deleted_at"),
      createdAt: c.instant("created_at").notNull(),
      updatedAt: c.instant("updated_at").notNull(),
    }),
    bookings: c.table("bookings", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      ownerId: c.id("owner_id").notNull(),
      resourceId: c.id("resource_id").notNull(),
      title: c.text("title").notNull(),
      description: c.text("description"),
      location: c.text("location"),
      startTime: c.instant("start_time").notNull(),
      endTime: c.instant("end_time").notNull(),
      status: c.choice<BookingStatus>("status").notNull(),
      quantity: c.integer("quantity").notNull(),
      attendees: c.json<Attendee[]>("attendees").notNull(),
      metadata: c.json<Metadata>("metadata").notNull(),
      reminders: c.json<ReminderRule[]>("reminders").notNull(),
      version: c.integer("version").notNull(),
      cancellationReason: c.text("cancellation_reason"),
      cancelledAt: c.instant("cancelled_at"),
      createdAt: c.instant("created_at").notNull(),
      updatedAt: c.instant("updated_at").notNull(),
    }),
    /** Which bookings have ever named an address: kept by a trigger, for the erasure of a person. */
    mentions: c.table("mentions", {
      organizationId: c.id("organization_id").notNull(),
      address: c.text("address").notNull(),
      bookingId: c.id("booking_id").notNull(),
    }),
    claims: c.table("claims", {
      id: c.id("id").notNull(),
      part: c.integer("part").notNull(),
      organizationId: c.id("organization_id").notNull(),
      resourceId: c.id("resource_id").notNull(),
      startTime: c.instant("start_time").notNull(),
      endTime: c.instant("end_time").notNull(),
      quantity: c.integer("quantity").notNull(),
      blocking: c.flag("blocking").notNull(),
      expiresAt: c.instant("expires_at"),
      decidedAt: c.instant("decided_at").notNull(),
      rulesVersion: c.integer("rules_version"),
    }),
    /** How much of a resource is taken, from an instant until the next row. Triggers keep it: the sum of blocking claims. */
    occupancy: c.table("occupancy", {
      resourceId: c.id("resource_id").notNull(),
      since: c.instant("since").notNull(),
      taken: c.integer("taken").notNull(),
    }),
    tasks: c.table("tasks", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      kind: c.text("kind").notNull(),
      subjectId: c.id("subject_id").notNull(),
      key: c.text("key").notNull(),
      state: c.choice<TaskState>("state").notNull(),
      reason: c.text("reason"),
      dueAt: c.instant("due_at").notNull(),
      attempts: c.integer("attempts").notNull(),
      attemptAt: c.instant("attempt_at"),
      queuedAt: c.instant("queued_at"),
      doneAt: c.instant("done_at"),
      data: c.json<object>("data").notNull(),
      traceParent: c.text("trace_parent"),
      createdAt: c.instant("created_at").notNull(),
      updatedAt: c.instant("updated_at").notNull(),
    }),
    links: c.table("links", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      userId: c.id("user_id").notNull(),
      purpose: c.choice<LinkPurpose>("purpose").notNull(),
      expiresAt: c.instant("expires_at").notNull(),
      usedAt: c.instant("used_at"),
      createdAt: c.instant("created_at").notNull(),
    }),
    events: c.table("events", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      subjectType: c.choice<SubjectType>("subject_type").notNull(),
      subjectId: c.id("subject_id").notNull(),
      version: c.integer("version"),
      type: c.choice<EventType>("type").notNull(),
      actorId: c.id("actor_id"),
      ownerId: c.id("owner_id"),
      resourceId: c.id("resource_id"),
      previousResourceId: c.id("previous_resource_id"),
      data: c.json<Record<string, unknown>>("data").notNull(),
      time: c.instant("time").notNull(),
    }),
    receipts: c.table("receipts", {
      organizationId: c.id("organization_id").notNull(),
      callerId: c.id("caller_id").notNull(),
      key: c.text("key").notNull(),
      fingerprint: c.text("fingerprint").notNull(),
      status: c.integer("status").notNull(),
      body: c.text("body").notNull(),
      location: c.text("location"),
      etag: c.text("etag"),
      createdAt: c.instant("created_at").notNull(),
    }),
    refusals: c.table("refusals", {
      id: c.id("id").notNull(),
      organizationId: c.id("organization_id").notNull(),
      actorId: c.id("actor_id"),
      code: c.choice<RefusalCode>("code").notNull(),
      data: c.json<RefusalCount["data"]>("data").notNull(),
      time: c.instant("time").notNull(),
    }),
    settings: c.table("settings", {
      name: c.text("name").notNull(),
      value: c.text("value").notNull(),
    }),
  };
}

export type Tables = ReturnType<typeof defineTables>;

/** Columns that exist in only one database, filled by its triggers and defaults. */
export const engineColumns = {
  postgres: ["claims.exclusive", "events.epoch", "events.seq", "events.xid", "resources.claims_made"],
  sqlite: ["events.seq"],
};

/** Tables that belong to an engine or to the migrations, not to the store. */
export const engineTables = {
  postgres: ["log_epoch", "schema_migrations"],
  sqlite: ["erasing", "occupations", "schema_migrations", "wanted_claims"],
};
