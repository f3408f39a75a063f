/** So many points in a window of seconds, for each key. */
export type Policy = { name: string; points: number; seconds: number };

export type Taken = { allowed: boolean; remaining: number; resetMs: number };

/** Counters, shared by every process where possible, and stricter otherwise. */
export interface Counter {
  /** Takes a point; not allowed when there is none left. */
  take(key: string): Promise<Taken>;
  /** Gives a point back that should not have counted. */
  giveBack(key: string): Promise<void>;
}

export interface Limits {
  counter(policy: Policy): Counter;
  /** Keeps a key in mind for a time; best effort. */
  remember(key: string, seconds: number): Promise<void>;
  remembers(key: string): Promise<boolean>;
}
