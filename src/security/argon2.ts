import { argon2Cost, type PasswordHasher } from "./passwords.ts";

const cost = {
  algorithm: "argon2id",
  memoryCost: argon2Cost.memoryKiB,
  timeCost: argon2Cost.passes,
} as const;

/** Bun's own, off the thread. */
export const bunHasher: PasswordHasher = {
  hash: (password) => Bun.password.hash(password, cost),
  verify: (password, hash) => Bun.password.verify(password, hash),
};
