import postgres from "postgres";

/**
 * The limit of reading: a bare `Bun.serve` that answers the same rows by raw postgres.js and `Response.json`, for anyone
 * who asks. Without a database it answers "ok".
 */
const sql = process.env.DATABASE_URL
  ? postgres(process.env.DATABASE_URL, { max: 10, onnotice: () => {} })
  : null;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request) => {
    if (!sql) return new Response("ok");
    const url = new URL(request.url);
    const id = url.pathname.split("/")[3];
    if (id) {
      const [row] = await sql`select * from bookings where id = ${id}`;
      return Response.json(row);
    }
    const [from, to] = [url.searchParams.get("from"), url.searchParams.get("to")];
    const rows = await sql`
      select bookings.* from bookings where organization_id = ${url.searchParams.get("organization")}
        and start_time < ${to} and end_time > ${from} and start_time > ${from}::timestamptz - interval '1 day'
      order by start_time, id limit 20`;
    return Response.json({ data: rows });
  },
});
console.log(`listening http://127.0.0.1:${server.port}/`);
