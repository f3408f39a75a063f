import { compose } from "../compose.ts";
import { normalizeEmail } from "../domain/people/user.ts";
import { Refusal } from "../domain/refusal.ts";
import { createAdmin } from "../operations/users/create-admin.ts";
import { setPassword } from "../operations/users/set-password.ts";
import { BootError } from "../process/boot-error.ts";
import type { Config } from "../process/config.ts";
import { checkPassword } from "./check-password.ts";
import { type Output, print } from "./output.ts";

type Options = Output & { email: string; name?: string; password?: string };

export async function create(
  config: Config,
  { email, name = "Admin", password, ...output }: Options,
): Promise<void> {
  const chosen = password ?? crypto.randomUUID();
  const { context, close } = await compose(config);
  try {
    checkPassword(chosen);
    const user = await createAdmin(context, { email: normalizeEmail(email), name, password: chosen });
    const made = password ? {} : { password: chosen };
    print(output, { email: user.email, ...made }, `Created the admin ${user.email}.${shown(made)}`);
  } catch (error) {
    throw error instanceof Refusal ? new BootError(error.detail) : error;
  } finally {
    await close();
  }
}

/** Works for every user, not only for admins: without mail there is no other way back in. */
export async function resetPassword(config: Config, { email, password, ...output }: Options): Promise<void> {
  const chosen = password ?? crypto.randomUUID();
  const { context, close } = await compose(config);
  try {
    checkPassword(chosen);
    const user = await setPassword(context, {
      email: normalizeEmail(email),
      password: chosen,
      actorId: null,
    });
    const made = password ? {} : { password: chosen };
    const text = `${user.email} has a new password; every session has ended.${shown(made)}`;
    print(output, { email: user.email, ...made }, text);
  } catch (error) {
    if (error instanceof Refusal && error.is("not_found")) throw new BootError(`There is no user ${email}.`);
    throw error;
  } finally {
    await close();
  }
}

function shown({ password }: { password?: string }): string {
  return password ? `\nPassword: ${password}` : "";
}
