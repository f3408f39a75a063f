import { z } from "@hono/zod-openapi";
import { Refusal } from "../domain/refusal.ts";
import type { Page, PageRequest } from "../ports/store.ts";

/** The query parameters of every collection. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ type: "integer", example: 20 }),
  cursor: z.string().max(500).optional().openapi({
    description:
      "`nextCursor` of the page before; walks forward, stable under inserts. A page that looks for something rare may hold fewer than `limit`, even none: go on as long as there is a `nextCursor`.",
  }),
  page: z.coerce.number().int().min(1).max(1_000_000).optional().openapi({
    type: "integer",
    description: "A numbered page, from 1, in place of `cursor`; the answer then tells the totals.",
  }),
};

export function collectionOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    pagination: z.object({
      limit: z.int(),
      hasMore: z.boolean(),
      nextCursor: z.string().nullable(),
      page: z.int().optional(),
      total: z.int().optional(),
      totalPages: z.int().optional(),
    }),
  });
}

type Query = { limit: number; cursor?: string | undefined; page?: number | undefined };

const cursorContent = z.tuple([z.string(), z.union([z.iso.datetime(), z.int()]), z.uuid()]);

/** What the store is asked for. A cursor that we did not make, or made for another sort, is refused. */
export function pageRequest<S extends string>(query: Query, sort: S): PageRequest<S> {
  if (query.cursor === undefined) return { limit: query.limit, sort, page: query.page };
  if (query.page !== undefined) throw badCursor("Give cursor or page, not both.");
  const [madeFor, value, id] = decode(query.cursor);
  if (madeFor !== sort) throw badCursor("The cursor belongs to another sort.");
  return {
    limit: query.limit,
    sort,
    after: { value: typeof value === "number" ? value : new Date(value), id },
  };
}

/** A page as the contract shows it; `sortValue` is what the rows are sorted by. */
export function presentPage<T extends { id: string }, P>(
  found: Page<T>,
  request: PageRequest<string>,
  sortValue: (row: T) => Date | number,
  present: (row: T) => P,
) {
  const last = found.rows.at(-1);
  const next = found.lookedTo ?? (last && { value: sortValue(last), id: last.id });
  const nextCursor = found.hasMore && next ? encode(request.sort, next.value, next.id) : null;
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

function decode(cursor: string): z.output<typeof cursorContent> {
  try {
    return cursorContent.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw badCursor("This is not a cursor of ours.");
  }
}

function badCursor(detail: string): Refusal {
  return new Refusal("validation_failed", `cursor: ${detail}`, { errors: [{ parameter: "cursor", detail }] });
}
