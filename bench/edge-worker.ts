import { BookingObject } from "../src/edge/booking-object.ts";
import type { EdgeEnv, Objects } from "../src/edge/runtime.ts";
import worker from "../src/edge/worker.ts";
import { abortSoon, bookingIds, type Row, type Rows } from "./bare-object.ts";

export { Hasher } from "../src/edge/hasher.ts";
export { Registry } from "../src/edge/registry.ts";
export { BareObject } from "./bare-object.ts";

/** The object of the program, and what the bench asks of it besides. */
class BenchObject extends BookingObject {
  override async fetch(request: Request): Promise<Response> {
    // As little as can be, for it is in the way of every request that is measured.
    if (!request.headers.has("X-Bench")) return super.fetch(request);
    const { sql } = this.ctx.storage;
    const what = request.headers.get("X-Bench");
    if (what === "abort") return abortSoon(this.ctx);
    if (what === "ids") return Response.json(bookingIds(sql));
    const all = (text: string) => sql.exec(text).toArray() as Row[];
    return Response.json(rowsOf(all));
  }
}

export { BenchObject as BookingObject };

function rowsOf(all: (text: string) => Row[]): Rows {
  const one = (table: string, where = "true") =>
    all(`select * from ${table} where ${where} limit 1`)[0] ?? {};
  const { seq, ...event } = one("events", "type = 'booking.created'");
  return {
    referred: {
      organizations: all("select * from organizations"),
      users: all("select * from users"),
      resources: all("select * from resources where kind = 'resource'"),
    },
    written: {
      bookings: one("bookings"),
      claims: one("claims"),
      tasks: one("tasks"),
      events: event,
      receipts: one("receipts"),
    },
  };
}

/** Everything below `/bare/` is for the bare object, the rest for the program. */
export default {
  async fetch(request: Request, env: EdgeEnv & { BARE: Objects }): Promise<Response> {
    if (!request.url.includes("/bare/")) return worker.fetch(request, env);
    return env.BARE.get(env.BARE.idFromName("bare")).fetch(request);
  },
};
