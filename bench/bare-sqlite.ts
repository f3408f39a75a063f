import type { Database } from "bun:sqlite";

/** What SQLite does at most in this process: the rows of a booking, a commit each, as durable as ours. Commits a second. */
export function bareSqlite(client: Database, seconds: number): number {
  client.run("pragma busy_timeout = 5000");
  client.run("pragma synchronous = full");
  client.run("pragma foreign_keys = on");
  const rooms = client
    .query("select id, organization_id from resources where kind = 'resource'")
    .all() as Row[];
  const sample = (table: string) => client.query(`select * from ${table} limit 1`).get() as Row;
  const owner = sample("users").id as string;
  const [claim, booking, task, receipt] = ["claims", "bookings", "tasks", "receipts"].map(sample) as [
    Row,
    Row,
    Row,
    Row,
  ];
  const event = client.query("select * from events where type = 'booking.created' limit 1").get() as Row;
  delete event.seq;
  const insert = (table: string, row: Row) => {
    const names = Object.keys(row);
    return client.query(
      `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`,
    );
  };
  const write = {
    claims: insert("claims", claim),
    bookings: insert("bookings", booking),
    tasks: insert("tasks", task),
    events: insert("events", event),
    receipts: insert("receipts", receipt),
  };
  const values = (row: Row, change: Row) => Object.values({ ...row, ...change });
  const began = performance.now();
  let commits = 0;
  while (performance.now() - began < seconds * 1000) {
    const room = rooms[commits % rooms.length] as Row;
    const start = 2_500_000_000_000 + began * 1000 + commits * 3_600_000;
    const id = Bun.randomUUIDv7();
    const slot = {
      resource_id: room.id ?? "",
      start_time: Math.floor(start),
      end_time: Math.floor(start) + 1_800_000,
    };
    client.run("begin immediate");
    write.bookings.run(...values(booking, { id, owner_id: owner, ...slot }));
    write.claims.run(...values(claim, { id, ...slot }));
    write.tasks.run(...values(task, { id: Bun.randomUUIDv7(), subject_id: id }));
    write.events.run(...values(event, { id: Bun.randomUUIDv7(), subject_id: id }));
    if (commits % 2 === 0) write.receipts.run(...values(receipt, { key: id }));
    client.run("commit");
    commits += 1;
  }
  client.close();
  return (commits * 1000) / (performance.now() - began);
}

type Row = Record<string, string | number | null>;
