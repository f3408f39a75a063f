/** Observes every query, for measurements and traces. */
export interface StoreObserver {
  /** Runs a query; its name is that of the store's method, like `bookings.list`. */
  query<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** A query got a connection after this many milliseconds, and returns it when it is done. */
  acquired(waitMs: number): void;
  released(): void;
  /** The database is unreachable, full or locked, which callers see as `unavailable` with `detail`. `code` is the fault's. */
  fault?(code: string, error: unknown, detail: string): void;
  /** What the database says besides its answers. */
  notice?(text: string): void;
}

export const noObserver: StoreObserver = {
  query: (_name, work) => work(),
  acquired: () => {},
  released: () => {},
};
