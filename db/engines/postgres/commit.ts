import { getTableColumns, getTableName } from "drizzle-orm";
import { type Change, type TableName, updatesOf } from "../../../src/domain/change.ts";
import { type Receipt, receiptsExpiredBy } from "../../../src/domain/receipt.ts";
import { keyColumns, tablesWith } from "../../table-list.ts";
import { engineColumns, type Tables } from "../../tables.ts";

const written = tablesWith({ rowsFrom: "change" });
/**
 * Claims first: they take the lock on the resource, so a loser gives up before it has written anything else. Their
 * reference to the booking is checked at the end.
 */
const writeOrder: TableName[] = ["claims", ...written.filter((name) => name !== "claims")];

/** The statement that writes a change of this shape, and its parameters: one JSON array of rows per table. */
export type Statement = { text: string; parameters: string[] };

/**
 * A whole change as one Postgres statement with data-modifying CTEs.
 *
 * The text depends only on which tables are written, so a handful of statements stay prepared. Updated claims
 * lock their resources first, because the row lock on a claim is taken before its trigger could; and all other writes wait
 * for the claims.
 */
export function commitStatement(change: Change, tables: Tables): Statement {
  const parts: string[] = [];
  const parameters: string[] = [];
  const add = (name: string, rows: unknown[], sql: (parameter: string) => string) => {
    parameters.push(JSON.stringify(rows));
    parts.push(`${name} as (${sql(`$${parameters.length}::jsonb`)})`);
  };
  const { insert = {}, update = {}, requires = [], voidTasks: voided = [], asOf = [] } = change;
  const resources = resourcesOf(change);
  if (insert.events?.length) parts.push(`${logEpoch} as (select writable_log_epoch())`);
  if (resources.length > 0) add(lockedResources, resources, (p) => lockResourcesSql(p, parts));
  if (requires.length > 0) add(standing, peopleOf(change), (p) => standingSql(p, parts));
  if (asOf.length > 0) add(readVersions, asOf, (p) => `select bookings_as_of(${p}) ${after(parts)}`);
  for (const name of writeOrder) {
    const rows = insert[name];
    if (rows?.length) {
      if (name === "receipts")
        add("expired", expiredBy(rows as Receipt[]), (p) => deleteExpiredSql(p, parts));
      add(`insert_${name}`, toColumns(tables, name, rows), (p) => insertSql(tables, name, p, parts));
    }
    const updated = updatesOf(update, name);
    if (updated.length === 0) continue;
    if (name === "tasks") add("locked_tasks", toColumns(tables, name, updated), lockTasksSql);
    add(`update_${name}`, toColumns(tables, name, updated), (p) => updateSql(tables, name, p, parts));
  }
  if (voided.length > 0) {
    add("voided", voided, (p) => voidSql(p, parts));
  }
  return { text: `with ${parts.join(",\n")}\nselect 1`, parameters };
}

/** The statement that adds rows to one table. */
export function insertStatement(tables: Tables, name: keyof Tables, rows: object[]): Statement {
  const text = insertSql(tables, name, "$1::jsonb", []);
  return { text, parameters: [JSON.stringify(toColumns(tables, name, rows))] };
}

function insertSql(tables: Tables, name: keyof Tables, parameter: string, before: string[]): string {
  const columns = columnNames(tables, name).join(", ");
  const table = getTableName(tables[name]);
  return `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, ${parameter})
    ${after(before)} ${name === "receipts" ? "and (select count(*) from expired) >= 0" : ""} returning 1`;
}

/** An expired receipt that is not yet purged makes way for the new one with its key. */
function deleteExpiredSql(parameter: string, before: string[]): string {
  return `delete from receipts
    using jsonb_to_recordset(${parameter}) as written ("callerId" uuid, key text, "expiredBy" timestamptz)
    ${after(before)} ${before.length ? "and" : "where"} receipts.caller_id = written."callerId"
      and receipts.key = written.key and receipts.created_at <= written."expiredBy" returning 1`;
}

const expiredBy = (receipts: Receipt[]) =>
  receipts.map(({ callerId, key, createdAt }) => ({
    callerId,
    key,
    expiredBy: receiptsExpiredBy(createdAt),
  }));

function updateSql(tables: Tables, name: TableName, parameter: string, before: string[]): string {
  const key = keyColumns(tables, name).map((column) => column.name);
  const table = getTableName(tables[name]);
  const set = columnNames(tables, name)
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = written.${column}`)
    .join(", ");
  const found = key.map((column) => `${table}.${column} = written.${column}`).join(" and ");
  return `update ${table} set ${set} from jsonb_populate_recordset(null::${table}, ${parameter}) as written
    ${after(before)} ${before.length ? "and" : "where"} ${found} returning 1`;
}

/**
 * Runs before all locks: the first commits to another server wait for one another here, and may not have locked
 * anything else.
 */
const logEpoch = "log_epoch_found";
const lockedResources = "locked_resources";
/** Before the writes, because the function sees what this very statement has written already. */
const standing = "standing";
const readVersions = "as_of";
/**
 * What comes before every write, in this order. Every change locks resources first and then people, each in the order
 * of their ids, so that no two wait for each other. (The trigger of a new claim locks its resource, and that of a
 * booking its owner, in the same order.)
 */
const preconditions = [logEpoch, lockedResources, standing, readVersions];

/** The users whose credentials a change depends on, and those whom it changes. */
function peopleOf({ requires = [], update = {} }: Change): object[] {
  const changed = (update.users ?? []).map(({ id }) => id);
  const required = requires.map((person) => ({ ...person, isChanged: changed.includes(person.userId) }));
  const others = changed.filter((id) => !requires.some(({ userId }) => userId === id));
  return [...required, ...others.map((userId) => ({ userId, isChanged: true }))];
}

function standingSql(parameter: string, before: string[]): string {
  return `select 1 from (
      select * from jsonb_to_recordset(${parameter}) as person ("userId" uuid, "credentialGeneration" integer, "isChanged" boolean)
      order by "userId" offset 0
    ) as people
    ${after(before)} ${before.length ? "and" : "where"} hold_person("userId", "credentialGeneration", "isChanged")`;
}

/**
 * A statement sees the rows as they were when it began, so this does not affect the tasks that this very change plans.
 */
function voidSql(parameter: string, before: string[]): string {
  const written = `jsonb_to_recordset(${parameter})
    as written (kind text, "subjectId" uuid, "keepDueAt" jsonb, reason text, at timestamptz)`;
  return `update tasks set state = 'voided', reason = written.reason, attempt_at = null, updated_at = written.at
    from ${written}
    ${after(before)} ${before.length ? "and" : "where"} tasks.subject_id = written."subjectId" and tasks.kind = written.kind
      and tasks.due_at <> all (array(select jsonb_array_elements_text(written."keepDueAt")::timestamptz))
      and tasks.id in (
        select id from tasks where subject_id = any (array(select "subjectId" from ${written}))
          and state in ('scheduled', 'leased', 'failed') order by id for update
      ) returning 1`;
}

/** A transaction that locks several tasks does so in the order of their ids, so that none waits for another in a ring. */
function lockTasksSql(parameter: string): string {
  return `select id from tasks
    where id in (select id from jsonb_populate_recordset(null::tasks, ${parameter}))
    order by id for no key update`;
}

/** A move changes the occupancy of two resources: the old one and the new one. */
function resourcesOf({ update = {} }: Change): { resourceId: string; claimId?: string; part?: number }[] {
  return [
    ...(update.claims ?? []).map(({ id, part, resourceId }) => ({ resourceId, claimId: id, part })),
    ...(update.resources ?? []).map(({ id }) => ({ resourceId: id })),
  ];
}

function lockResourcesSql(parameter: string, before: string[]): string {
  const written = `jsonb_to_recordset(${parameter}) as written ("resourceId" uuid, "claimId" uuid, part integer)`;
  return `select id from resources
    ${after(before)} ${before.length ? "and" : "where"} id in (
      select "resourceId" from ${written}
      union all
      select claims.resource_id from claims join ${written}
        on claims.id = written."claimId" and claims.part = written.part
    ) order by id for no key update`;
}

/** Makes a write wait until the earlier steps are complete: the preconditions, and then the claims or their locks. */
function after(before: string[]): string {
  const names = before.map((part) => part.split(" ", 1)[0] ?? "");
  const conditions = names.filter((name) => preconditions.includes(name)).length;
  const first = names.slice(0, conditions + 1);
  const waits = first.map((name) => `(select count(*) from ${name}) >= 0`);
  return waits.length > 0 ? `where ${waits.join(" and ")}` : "";
}

function toColumns(tables: Tables, name: keyof Tables, rows: object[]): Record<string, unknown>[] {
  const columns = columnsOf(tables[name]);
  return rows.map((row) => {
    const written: Record<string, unknown> = {};
    for (const [key, column] of columns) written[column] = (row as Record<string, unknown>)[key];
    return written;
  });
}

const known = new WeakMap<object, [key: string, column: string][]>();

/** The columns of a table, by the names that rows have for them. Asked for with every commit, so it is kept. */
function columnsOf(table: Tables[keyof Tables]): [key: string, column: string][] {
  const kept = known.get(table);
  if (kept) return kept;
  const columns = Object.entries(getTableColumns(table)).map(([key, column]): [string, string] => [
    key,
    column.name,
  ]);
  known.set(table, columns);
  return columns;
}

function columnNames(tables: Tables, name: keyof Tables): string[] {
  const ours = columnsOf(tables[name]).map(([, column]) => column);
  return ours.filter((column) => !engineColumns.postgres.includes(`${name}.${column}`));
}
