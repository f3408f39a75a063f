import { Semaphore, withTimeout } from "async-mutex";
import { preparePassword } from "../domain/people/password.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Passwords } from "../ports/passwords.ts";

/** Hashes with Argon2id, as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$…`. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** OWASP's first choice for Argon2id: 19 MiB, two passes. */
export const argon2Cost = { memoryKiB: 19_456, passes: 2 } as const;
/** What an unknown user's password is compared with, so that both paths cost one verification. Nobody knows what it is of. */
const nobody =
  "$argon2id$v=19$m=19456,t=2,p=1$v5gz4hye0YZY0D486z/gbn4U16RynQ0rKf5yJ+90H+A$yiLjsr66ULppduRyZcEOsJG1SvzEmBVqvPFGC2NBMzs";
const atOnce = 2;
const waitMs = 5_000;
/** About as many as are hashed within that time: where hashing stops the clock, nothing else bounds the wait. */
const maxWaiting = 50;

/** A few at a time: a flood of sign-ins queues, then gets 503, and uses no more memory. */
export function boundedPasswords(hasher: PasswordHasher): Passwords {
  const tooMany = new Refusal("unavailable", "Too many sign-ins at once. Try again shortly.", {
    retryAfterSeconds: 5,
  });
  const semaphore = withTimeout(new Semaphore(atOnce), waitMs, tooMany);
  let asked = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (asked >= maxWaiting) throw tooMany;
    asked += 1;
    try {
      return await semaphore.runExclusive(work);
    } finally {
      asked -= 1;
    }
  };
  return {
    hash: (password) => inTurn(() => hasher.hash(preparePassword(password))),
    verify: (password, known) =>
      inTurn(async () => {
        const compared = known ?? nobody;
        let matches = false;
        // Each is tried whatever the others returned, so that the work depends only on the input.
        for (const spelling of spellingsOf(password)) {
          matches = (await hasher.verify(spelling, compared)) || matches;
        }
        return matches && known !== null;
      }),
  };
}

/** A password as we hash it now, then as older versions may have hashed it: as it was typed, or decomposed. */
function spellingsOf(password: string): Set<string> {
  const prepared = preparePassword(password);
  return new Set([prepared, password, prepared.normalize("NFD")]);
}
