import { runSql } from "../support/databases.ts";

/** Rows that the API does not show, or shows only in part. Times are milliseconds since 1970. */
export type Rows = {
  claims: {
    id: string;
    part: number;
    resourceId: string;
    startTime: number;
    endTime: number;
    quantity: number;
    blocking: boolean;
    expiresAt: number | null;
  }[];
  reminders: {
    id: string;
    kind: string;
    subjectId: string;
    state: string;
    reason: string | null;
    dueAt: number;
    doneAt: number | null;
    data: { minutesBefore: number; bookingVersion: number };
  }[];
  users: { id: string; role: string; status: string; version: number }[];
  resources: { id: string; capacity: number; version: number; deletedAt: number | null }[];
  receipts: { callerId: string; key: string; status: number; body: string }[];
  /** Events of users and resources, each subject's in the order of its versions. */
  events: {
    id: string;
    subjectType: string;
    subjectId: string;
    version: number;
    type: string;
    actorId: string | null;
    time: number;
    // biome-ignore lint/suspicious/noExplicitAny: the checks look into it
    data: any;
  }[];
};

const queries: { [T in keyof Rows]: string } = {
  claims: "select id, part, resource_id, start_time, end_time, quantity, blocking, expires_at from claims",
  reminders: `select id, kind, subject_id, state, reason, due_at, done_at, data from tasks
    where kind in ('websocket-reminder', 'email-reminder')`,
  users: "select id, role, status, version from users",
  resources: "select id, capacity, version, deleted_at from resources",
  receipts: "select caller_id, key, status, body from receipts",
  events: `select id, subject_type, subject_id, version, type, actor_id, time, data from events
    where subject_type in ('user', 'resource') order by subject_id, version`,
};

/** The same plain values from either engine. */
function plain(column: string, value: unknown): unknown {
  if (value === null) return null;
  if (column === "blocking") return Boolean(value);
  if (column === "data") return typeof value === "string" ? JSON.parse(value) : value;
  return value instanceof Date ? value.getTime() : value;
}

const camel = (column: string) => column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

export async function loadRows(url: string): Promise<Rows> {
  const tables = Object.entries(queries).map(async ([table, query]) => {
    const rows = await runSql(url, query);
    return [
      table,
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [camel(column), plain(column, value)]),
        ),
      ),
    ];
  });
  return Object.fromEntries(await Promise.all(tables)) as Rows;
}
