/** Where a page starts: after the row with this sort value and id, or at a numbered page. */
export type PageRequest<S extends string> = {
  limit: number;
  sort: S;
  after?: { value: Date | number; id: string } | undefined;
  page?: number | undefined;
};

/**
 * `total` is counted only for numbered pages. `lookedTo` is where the next page starts when this one ended before it
 * was full, because it had looked at as many rows as one page may.
 */
export type Page<T> = {
  rows: T[];
  hasMore: boolean;
  total?: number;
  lookedTo?: { value: Date | number; id: string };
};
