import { Database } from "bun:sqlite";
import { migrations as catalogue } from "../migrations/catalogue.ts";
import { engineTables } from "../tables.ts";
import { BackupFault } from "./files.ts";
import { backupTables, type Kind, type Manifest, type TableFormat } from "./format.ts";

/**
 * The tables of a backup, as this program names them and in its order. The manifest is not trusted: its names go into
 * SQL, so each must be one that the listed migrations create, and none of their tables or columns may be missing.
 */
export function tablesOf(manifest: Manifest): Manifest["tables"] {
  const made = schemaAfter(manifest);
  const known = backupTables();
  const names = manifest.tables.map(({ name }) => name);
  const wanted = known.map(({ name }) => name).filter((name) => made.has(name));
  const differ = names
    .filter((name) => !wanted.includes(name))
    .concat(wanted.filter((name) => !names.includes(name)));
  if (differ.length > 0 || names.length !== wanted.length) {
    throw changed(`its tables are not those of Booking (${quote(differ[0] ?? names[0])})`);
  }
  return wanted.map((name) => {
    const given = manifest.tables.find((table) => table.name === name) as Manifest["tables"][number];
    const format = known.find((table) => table.name === name) as TableFormat;
    if (given.file !== `${name}.jsonl.gz`) throw changed(`the file of ${name} is not ${name}.jsonl.gz`);
    return { ...given, columns: columnsOf(given, format, made.get(name) ?? new Set()) };
  });
}

/** A table that this version knows has its types from here; a column that only older versions have keeps its own. */
function columnsOf(
  given: TableFormat,
  { name, columns }: TableFormat,
  made: Set<string>,
): Record<string, Kind> {
  const has = (column: string) => made.has(column) || (name === "events" && column === "position");
  for (const [column, kind] of Object.entries(given.columns)) {
    const known = Object.hasOwn(columns, column) ? columns[column] : kind;
    if (!has(column) || known !== kind)
      throw changed(`${name} has no column ${quote(column)} of the kind ${kind}`);
  }
  const missing = Object.keys(columns).find((column) => has(column) && !Object.hasOwn(given.columns, column));
  if (missing) throw changed(`${name} lacks the column ${missing}`);
  return given.columns;
}

/** The columns of each table after the migrations that a backup lists, on an empty database in memory. */
function schemaAfter({ migrations, version }: Manifest): Map<string, Set<string>> {
  const ours = catalogue.filter(({ name }) => migrations.includes(name));
  if (ours.length !== migrations.length) {
    throw new BackupFault(
      `The backup has migrations that this version of Booking does not know: ${quote(version)} wrote it. Restore it with that version. (No released version restores backups of development versions.)`,
    );
  }
  const client = new Database(":memory:");
  try {
    for (const { sqlite } of ours) client.run(sqlite.up);
    const rows = client
      .query(
        `select t.name as "table", c.name as "column" from sqlite_schema t, pragma_table_info(t.name) c
         where t.type = 'table'`,
      )
      .all() as { table: string; column: string }[];
    const made = new Map<string, Set<string>>();
    for (const { table, column } of rows) {
      if (!engineTables.sqlite.includes(table)) made.set(table, (made.get(table) ?? new Set()).add(column));
    }
    return made;
  } catch (cause) {
    throw changed("its list of migrations is not one that Booking applies", cause);
  } finally {
    client.close();
  }
}

function changed(what: string, cause?: unknown): BackupFault {
  return new BackupFault(
    `The manifest is damaged or was changed: ${what}. Use another backup.`,
    cause ? { cause } : undefined,
  );
}

/** Somebody else's text, short and on one line. */
function quote(text: string | undefined): string {
  return JSON.stringify((text ?? "").slice(0, 60));
}
