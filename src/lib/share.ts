/**
 * Lets callers who ask the same thing at the same time share one answer. None is older than its question: a caller who
 * asks during a read gets the next one. Everybody shares the answer, so nobody may change it. `keyOf` says which
 * questions are the same.
 */
export function shared<A extends unknown[], T>(
  read: (...args: A) => Promise<T>,
  keyOf: (...args: A) => string,
): (...args: A) => Promise<T> {
  const underWay = new Map<string, { now: Promise<T>; next?: Promise<T> }>();
  const start = (key: string, args: A): Promise<T> => {
    const entry = { now: read(...args) };
    underWay.set(key, entry);
    const end = () => {
      if (underWay.get(key) === entry) underWay.delete(key);
    };
    entry.now.then(end, end);
    return entry.now;
  };
  return (...args) => {
    const key = keyOf(...args);
    const current = underWay.get(key);
    if (!current) return start(key, args);
    current.next ??= current.now.then(
      () => start(key, args),
      () => start(key, args),
    );
    return current.next;
  };
}
