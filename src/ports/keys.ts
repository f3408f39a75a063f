/** Makes and compares the secrets of API keys. */
export interface Keys {
  /** `key` is what its holder sends; only `hash` is kept. */
  make(id: string): { key: string; hash: string };
  /** The parts of a key as it was sent; null for a text that does not have the form of one. */
  read(key: string): { id: string; secret: string } | null;
  /** In constant time. */
  matches(secret: string, hash: string): boolean;
}
