import { runSql } from "./databases.ts";

/** Every column as `table.column`, sorted, as the database itself tells. */
export async function describeSchema(url: string): Promise<string[]> {
  const query = !url.startsWith("postgres")
    ? `select m.name || '.' || c.name as line from sqlite_schema m join pragma_table_info(m.name) c
       where m.type in ('table', 'view') and m.name not like 'sqlite_%' and m.name not like '\\_cf\\_%' escape '\\'`
    : `select table_name || '.' || column_name as line from information_schema.columns
       where table_schema = current_schema()`;
  return (await runSql(url, query)).map((row) => String(row.line)).sort();
}
