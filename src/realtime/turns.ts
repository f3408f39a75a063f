import { Refusal } from "../domain/refusal.ts";

export type TurnLimits = {
  /** Of all users together, at once. */
  abreast: number;
  /** Waiting, of one user and of all. */
  waitingOfUser: number;
  waiting: number;
};

/**
 * Turns at work that costs: one at a time for each user, a few at a time for all. The others wait, and the users among them
 * take turns, so that one with many waiting delays another by one turn at most. Anything above the bounds is refused.
 */
export class Turns {
  readonly #working = new Set<string>();
  /** By user; whose turn comes next is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingCount = 0;

  constructor(private readonly limits: TurnLimits) {}

  /** What is at work and what waits. */
  get size(): { working: number; waiting: number } {
    return { working: this.#working.size, waiting: this.#waitingCount };
  }

  /** Runs `work` when its turn has come. Throws `Refusal` `rate_limited` when too much waits already. */
  async take<T>(userId: string, work: () => Promise<T>): Promise<T> {
    if (this.#working.has(userId) || this.#working.size >= this.limits.abreast) await this.#wait(userId);
    else this.#working.add(userId);
    try {
      return await work();
    } finally {
      this.#working.delete(userId);
      this.#startNext();
    }
  }

  #wait(userId: string): Promise<void> {
    const mine = this.#waiting.get(userId) ?? [];
    if (mine.length >= this.limits.waitingOfUser || this.#waitingCount >= this.limits.waiting) {
      throw new Refusal(
        "rate_limited",
        "Too many replays wait. Join again with the same cursor in a few seconds.",
        {
          retryAfterSeconds: 5,
        },
      );
    }
    this.#waiting.set(userId, mine);
    this.#waitingCount += 1;
    return new Promise((resolve) => void mine.push(resolve));
  }

  /** Whoever is woken counts as working from now on, so that nobody slips in between. */
  #startNext(): void {
    for (const [userId, mine] of this.#waiting) {
      if (this.#working.size >= this.limits.abreast) return;
      if (this.#working.has(userId)) continue;
      this.#waiting.delete(userId);
      const next = mine.shift();
      if (mine.length > 0) this.#waiting.set(userId, mine);
      if (!next) continue;
      this.#waitingCount -= 1;
      this.#working.add(userId);
      next();
    }
  }
}
