import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BootError, exitConfig } from "./boot-error.ts";
import type { Config } from "./config.ts";
import { Refusal } from "./domain/refusal.ts";
import type { Context } from "./operations/context.ts";
import { createAdmin } from "./operations/users/create-admin.ts";

const defaultEmail = "admin@booking.localhost";

/** The file with the first admin's password: beside the data, for its owner alone, gone at the first sign-in. */
export function firstAdminFile(config: Config) {
  const { kind, url } = config.database;
  const folder = kind === "sqlite" ? dirname(url.slice("sqlite:".length)) : "data";
  const path = join(folder, "first-admin-password");
  const email = config.admin.email ?? defaultEmail;
  return {
    path,
    email,
    exists: () => existsSync(path),
    write: (password: string) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, `${password}\n`, { mode: 0o600 });
    },
    discard: () => rmSync(path, { force: true }),
    onPasswordSignIn: (signedIn: string) => {
      if (signedIn === email && existsSync(path)) rmSync(path, { force: true });
    },
  };
}

/** Makes the first admin of an installation that has none. In production only from what is given. */
export async function ensureFirstAdmin(config: Config, context: Context): Promise<void> {
  if ((await context.store.users.countAdmins()) > 0) return;
  const { email, password } = config.admin;
  if (config.production && !(email && password)) {
    throw new BootError(
      "There is no admin yet. Set ADMIN_EMAIL and ADMIN_PASSWORD for the first start, or run `booking admin create`.",
      exitConfig,
    );
  }
  const file = firstAdminFile(config);
  const chosen = password ?? crypto.randomUUID();
  if (!password) file.write(chosen);
  try {
    await createAdmin(context, { email: file.email, name: "Admin", password: chosen });
  } catch (error) {
    // Another process of this installation was first; its password counts.
    if (!password) file.discard();
    if (!(error instanceof Refusal && error.is("email_taken"))) throw error;
  }
}
