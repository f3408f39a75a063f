import { Refusal } from "../domain/refusal.ts";

export type TurnLimits = {
  /** Of all users together, at once. */
  abreast: number;
  /** Waiting, of one user and of all. */
  waitingOfUser: number;
  /** After a turn its user waits this many times as long as it took, so that one user can't keep the process busy. */
  restFactor: number;
  waiting: number;
};

/**
 * Turns at expensive work: one at a time for each user, a few at a time for all. The others wait, and the users among
 * them take turns, so that one with many waiting delays another by one turn at most. Anything above the bounds is
 * refused.
 */
export class Turns {
  /** Users at work, or at rest after it. */
  readonly #busy = new Set<string>();
  #workingCount = 0;
  /** By user; whose turn comes next is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingCount = 0;

  constructor(private readonly limits: TurnLimits) {}

  /** What is at work and what waits. */
  get size(): { working: number; waiting: number } {
    return { working: this.#workingCount, waiting: this.#waitingCount };
  }

  /** Runs `work` when its turn has come. Throws `Refusal` `rate_limited` when too much waits already. */
  async take<T>(userId: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(userId) || this.#workingCount >= this.limits.abreast) await this.#wait(userId);
    else this.#begin(userId);
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#workingCount -= 1;
      this.#rest(userId, (performance.now() - startedAt) * this.limits.restFactor);
      this.#startNext();
    }
  }

  #begin(userId: string): void {
    this.#busy.add(userId);
    this.#workingCount += 1;
  }

  #rest(userId: string, restMs: number): void {
    const end = () => {
      this.#busy.delete(userId);
      this.#startNext();
    };
    if (restMs > 0) setTimeout(end, restMs);
    else end();
  }

  #wait(userId: string): Promise<void> {
    const mine = this.#waiting.get(userId) ?? [];
    if (mine.length >= this.limits.waitingOfUser || this.#waitingCount >= this.limits.waiting) {
      throw new Refusal(
        "rate_limited",
        "Too many replays are waiting. Join again with the same cursor in a few seconds.",
        {
          retryAfterSeconds: 5,
        },
      );
    }
    this.#waiting.set(userId, mine);
    this.#waitingCount += 1;
    return new Promise((resolve) => void mine.push(resolve));
  }

  /** A waiter that is woken counts as working from now on, so that nobody slips in between. */
  #startNext(): void {
    for (const [userId, mine] of this.#waiting) {
      if (this.#workingCount >= this.limits.abreast) return;
      if (this.#busy.has(userId)) continue;
      this.#waiting.delete(userId);
      const next = mine.shift();
      if (mine.length > 0) this.#waiting.set(userId, mine);
      if (!next) continue;
      this.#waitingCount -= 1;
      this.#begin(userId);
      next();
    }
  }
}
