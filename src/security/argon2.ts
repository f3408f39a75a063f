import { Semaphore, withTimeout } from "async-mutex";
import { Refusal } from "../domain/refusal.ts";
import type { Passwords } from "../ports/passwords.ts";

/** OWASP's first choice for Argon2id: 19 MiB, two passes. */
const cost = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
const atOnce = 2;
const waitMs = 5_000;

/** Argon2id off the thread, a few at a time: a flood of sign-ins queues, then hears 503, and takes no more memory. */
export function argon2Passwords(): Passwords {
  const turn = withTimeout(
    new Semaphore(atOnce),
    waitMs,
    new Refusal("unavailable", "Too many sign-ins at once. Try again shortly.", { retryAfterSeconds: 5 }),
  );
  const hash = (password: string) => turn.runExclusive(() => Bun.password.hash(password, cost));
  // What an unknown user's password is compared with, so that both ways cost one verification.
  const nobody = Bun.password.hash(crypto.randomUUID(), cost);
  return {
    hash,
    verify: (password, known) =>
      turn.runExclusive(async () => {
        const matches = await Bun.password.verify(password, known ?? (await nobody));
        return matches && known !== null;
      }),
  };
}
