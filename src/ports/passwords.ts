/** Hashes and verifies passwords, a bounded number at a time. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a null hash too, after the same work, so that an answer's duration reveals nothing. */
  verify(password: string, hash: string | null): Promise<boolean>;
}
