import { Semaphore, withTimeout } from "async-mutex";
import { preparePassword } from "../domain/people/password.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Passwords } from "../ports/passwords.ts";

/** OWASP's first choice for Argon2id: 19 MiB, two passes. */
const cost = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
const atOnce = 2;
const waitMs = 5_000;

/** Argon2id off the thread, a few at a time: a flood of sign-ins queues, then gets 503, and uses no more memory. */
export function argon2Passwords(): Passwords {
  const turn = withTimeout(
    new Semaphore(atOnce),
    waitMs,
    new Refusal("unavailable", "Too many sign-ins at once. Try again shortly.", { retryAfterSeconds: 5 }),
  );
  const hash = (password: string) =>
    turn.runExclusive(() => Bun.password.hash(preparePassword(password), cost));
  // The hash that an unknown user's password is compared with, so that both paths cost one verification.
  const nobody = Bun.password.hash(crypto.randomUUID(), cost);
  return {
    hash,
    verify: (password, known) =>
      turn.runExclusive(async () => {
        let matches = false;
        // Each is tried whatever the others returned, so that the work depends only on the input.
        for (const spelling of spellingsOf(password)) {
          matches = (await Bun.password.verify(spelling, known ?? (await nobody))) || matches;
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
