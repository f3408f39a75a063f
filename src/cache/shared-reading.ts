/**
 * Lets those who ask the same at once share one answer. None is older than its question: who asks while a reading is
 * under way gets the next one. The answer is everybody's: nobody may change it. `keyOf` says what is the same.
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
