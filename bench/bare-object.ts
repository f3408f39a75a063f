import { DurableObject } from "cloudflare:workers";
import { applyPending } from "../db/migrations/apply.ts";
import { durableObjectSession } from "../db/migrations/durable-object-session.ts";
import { orderedIds } from "../src/edge/ids.ts";
import { systemClock } from "../src/ports/clock.ts";

export type Row = Record<string, string | number | null>;

/** What a booking refers to, as whole tables, and the rows of one booking. */
export type Rows = { referred: Record<string, Row[]>; written: Record<string, Row> };

const slotMs = 3_600_000;

/**
 * The limit of an object: the tables and guards of ours, and nothing of its program. It writes the rows of a booking
 * again and again, in one transaction, for anyone who asks; and reads one row.
 */
export class BareObject extends DurableObject {
  readonly #sql = this.ctx.storage.sql;
  readonly #newId = orderedIds(systemClock);
  /** What to write, and how often it was written; read again after a sleep. */
  #template: (Rows & { slots: number }) | null = null;

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, , what, id] = pathname.split("/");
    if (what === "open") return this.#open((await request.json()) as Rows);
    if (what === "abort") return abortSoon(this.ctx);
    if (what === "ids") return Response.json(bookingIds(this.#sql));
    if (request.method === "GET")
      return Response.json(this.#sql.exec("select * from bookings where id = ?", id).toArray()[0]);
    await request.text();
    const booking = this.#write(request.headers.has("Idempotency-Key"));
    return Response.json(booking, { status: 201 });
  }

  async #open(rows: Rows): Promise<Response> {
    const { storage } = this.ctx;
    await applyPending(durableObjectSession(storage));
    storage.kv.put("rows", rows);
    storage.transactionSync(() => {
      for (const [table, all] of Object.entries(rows.referred))
        for (const row of all) this.#insert(table, row);
    });
    return Response.json("open");
  }

  #read(): Rows & { slots: number } {
    const rows = this.ctx.storage.kv.get<Rows>("rows");
    if (!rows) throw new Error("The object has no rows to write.");
    const [found] = this.#sql.exec("select count(*) as slots from bookings").toArray();
    return { ...rows, slots: Number(found?.slots) };
  }

  #write(withReceipt: boolean): Row {
    this.#template ??= this.#read();
    const { written, referred } = this.#template;
    const rooms = referred.resources ?? [];
    const n = this.#template.slots++;
    const start_time = Date.UTC(2040, 0, 1) + Math.floor(n / rooms.length) * slotMs;
    const slot = {
      resource_id: rooms[n % rooms.length]?.id ?? "",
      start_time,
      end_time: start_time + slotMs / 2,
    };
    const id = this.#newId();
    const booking = { ...written.bookings, id, ...slot };
    this.ctx.storage.transactionSync(() => {
      this.#insert("bookings", booking);
      this.#insert("claims", { ...written.claims, id, ...slot });
      this.#insert("tasks", { ...written.tasks, id: this.#newId(), subject_id: id });
      this.#insert("events", { ...written.events, id: this.#newId(), subject_id: id });
      if (withReceipt) this.#insert("receipts", { ...written.receipts, key: id });
    });
    return booking;
  }

  #insert(table: string, row: Row): void {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    this.#sql.exec(`insert into ${table} (${names.join(", ")}) values (${places})`, ...Object.values(row));
  }
}

type Context = { abort(reason?: string): void };
type Sql = { exec(text: string): { toArray(): Record<string, unknown>[] } };

/** Another one after each sleep. */
const instances = new WeakMap<Context, string>();

/** Resets an object after this answer, which says which instance of it that was. */
export function abortSoon(ctx: Context): Response {
  const instance = instances.get(ctx) ?? crypto.randomUUID();
  instances.set(ctx, instance);
  setTimeout(() => ctx.abort("the bench asked for it"), 0);
  return Response.json(instance);
}

export function bookingIds(sql: Sql): unknown[] {
  return sql
    .exec("select id from bookings order by random() limit 2000")
    .toArray()
    .map(({ id }) => id);
}
