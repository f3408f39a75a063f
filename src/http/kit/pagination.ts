import { z } from "@hono/zod-openapi";
import { invalidParameter, type Refusal } from "../../domain/refusal.ts";
import { nextStart } from "../../operations/walk-pages.ts";
import type { Page, PageRequest } from "../../ports/page.ts";
import { Id } from "./schemas.ts";

type Query = { limit: number; cursor?: string | undefined; page?: number | undefined };

/** In the range that both engines can store; our sort values are within it. */
const instant = z.iso
  .datetime()
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 1_000);

/** The sort keys of a list's rows, and the part of them that a cursor contains. */
const sortValues = {
  startTime: instant,
  createdAt: instant,
  time: instant,
  dueAt: instant,
  version: z.int32().min(1),
};

type Ascending = keyof typeof sortValues;
type Sort = Ascending | `-${Ascending}`;

/** The part of a list's query that says what it contains. */
type Filter<Q> = Omit<Q, keyof Query | "sort">;
/** A row of a list has what the list is sorted by. */
type Row<S extends Sort> = { id: string } & { [K in S as K extends `-${infer A}` ? A : K]: Date | number };

/** Reads the page that a valid query asks for, and shows it as its contract says. */
export async function readPage<Q extends Query, S extends Sort, T extends Row<S>, P>(
  query: Q,
  sort: S,
  read: (filter: Filter<Q>, page: PageRequest<S>) => Promise<Page<T>>,
  present: (row: T) => P,
) {
  const { limit, cursor, page, sort: _, ...filter } = query as Query & { sort?: S };
  const request = pageRequest({ limit, cursor, page }, sort);
  const found = await read(filter as Filter<Q>, request);
  const key = sort.replace("-", "") as keyof Row<S>;
  const next = nextStart(found, (row) => row[key] as Date | number);
  const nextCursor = next ? encode(sort, next.value, next.id) : null;
  const numbered =
    page !== undefined && found.total !== undefined
      ? { page, total: found.total, totalPages: Math.ceil(found.total / limit) }
      : {};
  return {
    data: found.rows.map((row) => present(row)),
    pagination: { limit, hasMore: found.hasMore, nextCursor, ...numbered },
  };
}

/**
 * The page to request from the store. Refuses a cursor that this API did not issue, or issued for another sort order.
 */
function pageRequest<S extends Sort>(query: Query, sort: S): PageRequest<S> {
  if (query.cursor === undefined) return { limit: query.limit, sort, page: query.page };
  if (query.page !== undefined) throw badCursor("Send cursor or page, not both.");
  return { limit: query.limit, sort, after: decode(query.cursor, sort) };
}

function encode(sort: string, value: Date | number, id: string): string {
  const text = JSON.stringify([sort, value, id]);
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

function decode(cursor: string, sort: Sort): { value: Date | number; id: string } {
  const sorted = sortValues[sort.replace("-", "") as Ascending];
  const [madeFor, value, id] = cursorContent.safeParse(readCursor(cursor)).data ?? [];
  if (madeFor === undefined || id === undefined) throw badCursor("This cursor was not issued by this API.");
  if (madeFor !== sort) throw badCursor("This cursor belongs to another sort order. Start again without it.");
  const found = sorted.safeParse(value);
  if (!found.success) throw badCursor("This cursor was not issued by this API.");
  return { value: found.data, id };
}

const cursorContent = z.tuple([z.string(), z.unknown(), Id]);

function readCursor(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" })));
  } catch {
    return null;
  }
}

function badCursor(detail: string): Refusal {
  return invalidParameter("cursor", detail);
}
