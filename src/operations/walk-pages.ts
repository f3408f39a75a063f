import type { Page, PageRequest } from "../ports/page.ts";

type Position = NonNullable<PageRequest<string>["after"]>;

/** Where the page after this one starts; undefined when this is the last. `sortValue` is what rows are sorted by. */
export function nextStart<T extends { id: string }>(
  page: Page<T>,
  sortValue: (row: T) => Date | number,
): Position | undefined {
  if (!page.hasMore) return undefined;
  const last = page.rows.at(-1);
  return page.lookedTo ?? (last && { value: sortValue(last), id: last.id });
}

/**
 * All the rows of a list, one page at a time. A page may be empty and not the last: rare rows are looked for in several
 * steps, and only `hasMore` says that a list ends.
 */
export async function* walkPages<T extends { id: string }, S extends string>(
  { limit, sort }: { limit: number; sort: S },
  read: (page: PageRequest<S>) => Promise<Page<T>>,
  sortValue: (row: T) => Date | number,
): AsyncGenerator<T[]> {
  let after: Position | undefined;
  do {
    const page = await read({ limit, sort, after });
    if (page.rows.length > 0) yield page.rows;
    after = nextStart(page, sortValue);
  } while (after);
}
