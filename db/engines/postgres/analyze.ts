import type postgres from "postgres";

/**
 * Analyzes every table that contains rows, and drops plans that were made before. Autovacuum does so too, but up to a
 * minute later, or never. An empty table stays unknown: Postgres then expects it to grow.
 */
export async function analyzePostgres(client: postgres.Sql): Promise<void> {
  const filled = await client`
    select quote_ident(relname) as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace and pg_relation_size(oid) > 0`;
  if (filled.length > 0) await client.unsafe(`analyze ${filled.map(({ name }) => name).join(", ")}`);
}
