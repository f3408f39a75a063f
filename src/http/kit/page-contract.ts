import { z } from "@hono/zod-openapi";
import { ok } from "./contract.ts";
import { text, wholeNumber } from "./schemas.ts";

/** The query parameters of every list. */
const pageQuery = {
  limit: wholeNumber(1, 100).default(20).openapi({ example: 20 }),
  cursor: z.string().max(500).optional().openapi({
    description:
      "`nextCursor` of the page before; walks forward, stable under inserts. A page of a search for something rare may contain fewer items than `limit`, even none: continue as long as there is a `nextCursor`.",
  }),
  page: wholeNumber(1, 1_000_000).optional().openapi({
    description:
      "A numbered page, from 1, in place of `cursor`. The answer then has the totals, which count every match (with `q`, see there).",
  }),
};

const pagination = z.object({
  limit: z.int(),
  hasMore: z.boolean(),
  nextCursor: z.string().nullable(),
  page: z.int().optional(),
  total: z.int().optional(),
  totalPages: z.int().optional(),
});

/** The `request` and the `responses` of a list: pages of `item`, as the component `name`, by these filters. */
export function page<S extends z.ZodType, F extends z.ZodRawShape = Record<never, never>>(
  item: S,
  name: string,
  description: string,
  filters: F = {} as F,
) {
  const list = z.object({ data: z.array(item), pagination }).openapi(name);
  return {
    request: { query: z.strictObject({ ...pageQuery, ...filters }) },
    responses: ok(list, description),
  };
}

/** Text to look for in `where`, such as "the title", among `items`, such as "bookings". */
export function searchText(where: string, items: string) {
  return text(1, 255)
    .optional()
    .openapi({
      description: `Text in ${where}, in any case: letters are compared by Unicode's simple case folding, whatever the database and its locale. \`привет\` finds \`ПРИВЕТ\`; \`cafe\` does not find \`café\`, nor \`ss\` \`ß\`. With \`cursor\` the whole list is searched, at most 10,000 ${items} per page (fewer for a text of more than 32 characters): a page may be short or empty and still have a \`nextCursor\`. A numbered page searches as many, the first that match the other filters, and counts no others.`,
    });
}
