import { getTableName } from "drizzle-orm";
import { postgresColumns } from "../../db/columns.ts";
import { tableList } from "../../db/table-list.ts";
import { defineTables } from "../../db/tables.ts";
import { requestMail } from "../../src/operations/auth/request-mail.ts";
import { as } from "./client.ts";
import { runSql } from "./databases.ts";
import { addPerson, type Harness, type Person } from "./harness.ts";

const tables = defineTables(postgresColumns);

/** The tables of the list, and their names in the database. */
export const everyTable = (Object.keys(tableList) as (keyof typeof tableList)[]).map((name) => ({
  name,
  table: getTableName(tables[name]),
  ...tableList[name],
}));

/** Adds a row to every table, about a person and their organization. A new table needs its row here. */
export async function fillEveryTable(
  harness: Harness,
  person: Person,
  title = "Design review",
): Promise<void> {
  const { context } = harness;
  const { store, newId, clock } = context;
  const { id, organizationId, email } = person;
  const admin = as(harness, await addPerson(harness, "admin", organizationId));
  await admin("POST", "/api/api-keys", { name: "Billing", scopes: ["bookings:read"] });
  const times = { startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };
  await as(harness, person)(
    "POST",
    "/api/bookings",
    { title, attendees: [{ email }], ...times },
    { "Idempotency-Key": newId() },
  );
  const user = await store.users.byId(organizationId, id);
  if (user) await requestMail(context, user, "reset_password");
  const code = "forbidden";
  const data = { code, count: 1, ip: title } as const;
  const refusal = { id: newId(), organizationId, actorId: id, code, data, time: clock.now() } as const;
  await store.audit.appendRefusals([refusal]);
  await store.settingOnce("a_setting", "set");
}

/** How many rows each table has, by its name in the database. */
export async function countRows(url: string): Promise<Record<string, number>> {
  const counts = everyTable.map(async ({ table }) => {
    const [found] = await runSql(url, `select count(*) as n from ${table}`);
    return [table, Number(found?.n)];
  });
  return Object.fromEntries(await Promise.all(counts));
}
