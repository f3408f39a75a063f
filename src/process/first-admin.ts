import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Refusal } from "../domain/refusal.ts";
import type { Context } from "../operations/context.ts";
import { createAdmin } from "../operations/users/create-admin.ts";
import { BootError, exitConfig } from "./boot-error.ts";
import type { Config } from "./config.ts";

export const defaultAdminEmail = "admin@booking.localhost";

/**
 * The file with the generated password of the first admin: next to the data, readable only by its owner, deleted at the
 * first sign-in. If a password is configured, there is no file.
 */
export function firstAdminFile(config: {
  admin: Config["admin"];
  database: Pick<Config["database"], "kind" | "url">;
}) {
  const path = passwordPath(config);
  const email = config.admin.email ?? defaultAdminEmail;
  const exists = () => config.admin.password === undefined && existsSync(path);
  return {
    path,
    email,
    exists,
    /**
     * Writes a draft, which counts only once it is kept: several processes may start at once, and one of them creates
     * the admin.
     */
    draft: (password: string) => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, `${password}\n`, { mode: 0o600 });
      return { keep: () => renameSync(draft, path), discard: () => rmSync(draft, { force: true }) };
    },
    onPasswordSignIn: (signedIn: string) => {
      if (signedIn === email && exists()) rmSync(path, { force: true });
    },
  };
}

const fileName = "first-admin-password";

/** Next to the SQLite file, otherwise in `data`; under the database's name, because there may be several. */
function passwordPath({
  database: { kind, url },
}: {
  database: Pick<Config["database"], "kind" | "url">;
}): string {
  if (kind === "postgres") return join("data", `${fileName}-${new URL(url).pathname.slice(1)}`);
  const path = url.slice("sqlite:".length);
  const name = basename(path);
  return join(dirname(path), name === "booking.db" ? fileName : `${fileName}-${name}`);
}

/** Where the first admin's password is, if the file is there and its password is still the admin's. */
export async function firstAdminHint(config: Config, { store, passwords }: Context): Promise<string | null> {
  const { path, email, exists } = firstAdminFile(config);
  if (!exists()) return null;
  const admin = await store.users.byEmail(email);
  const isValid = await passwords.verify(readFileSync(path, "utf8").trim(), admin?.passwordHash ?? null);
  return isValid ? `${email}, the password is in ${path}` : null;
}

/**
 * Creates the first admin of an installation that has none. In production, only with the configured email and password.
 */
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
  const draft = password ? null : file.draft(chosen);
  try {
    await createAdmin(context, { email: file.email, name: "Admin", password: chosen });
    draft?.keep();
  } catch (error) {
    draft?.discard();
    // Another process of this installation was first; its password counts.
    if (!(error instanceof Refusal && error.is("email_taken"))) throw error;
  }
}
