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
export type Sort = Ascending | `-${Ascending}`;

/**
 * The page to request from the store. Refuses a cursor that this API did not issue, or issued for another sort order.
 */
export function pageRequest<S extends Sort>(query: Query, sort: S): PageRequest<S> {
  if (query.cursor === undefined) return { limit: query.limit, sort, page: query.page };
  if (query.page !== undefined) throw badCursor("Send cursor or page, not both.");
  return { limit: query.limit, sort, after: decode(query.cursor, sort) };
}

/** A page as the contract shows it; `sortValue` is what the rows are sorted by. */
export function presentPage<T extends { id: string }, P>(
  found: Page<T>,
  request: PageRequest<string>,
  sortValue: (row: T) => Date | number,
  present: (row: T) => P,
) {
  const next = nextStart(found, sortValue);
  const nextCursor = next ? encode(request.sort, next.value, next.id) : null;
  const { limit, page } = request;
  const numbered =
    page !== undefined && found.total !== undefined
      ? { page, total: found.total, totalPages: Math.ceil(found.total / limit) }
      : {};
  return {
    data: found.rows.map(present),
    pagination: { limit, hasMore: found.hasMore, nextCursor, ...numbered },
  };
}

function encode(sort: string, value: Date | number, id: string): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString("base64url");
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
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return null;
  }
}

function badCursor(detail: string): Refusal {
  return invalidParameter("cursor", detail);
}
