import { compose } from "../compose.ts";
import { removeDemo } from "../operations/demo/remove.ts";
import { seedDemo } from "../operations/demo/seed.ts";
import { BootError } from "../process/boot-error.ts";
import type { Config } from "../process/config.ts";
import { checkPassword } from "./check-password.ts";
import { type Output, print, progressBar } from "./output.ts";

type Options = Output & { bookings: number; password?: string; clean?: boolean };

/** Adds demo data, in a separate organization; with `clean`, removes it. */
export async function seed(config: Config, options: Options): Promise<void> {
  if (options.password !== undefined) checkPassword(options.password);
  const { context, close } = await compose(config);
  try {
    await (options.clean ? clean(context, options) : fill(context, options));
  } finally {
    await close();
  }
}

type Context = Awaited<ReturnType<typeof compose>>["context"];

async function fill(context: Context, { bookings, password, ...output }: Options): Promise<void> {
  const chosen = password ?? crypto.randomUUID();
  const bar = progressBar("Booking");
  const made = await seedDemo(context, { bookings, password: chosen, onProgress: bar.update }).finally(
    bar.stop,
  );
  if (!made) throw new BootError("Demo data already exists. Remove it first: booking seed --clean.");
  const logins = [made.admin, ...made.people].map(({ email, role }) => ({ email, role, password: chosen }));
  const lines = logins.map(({ email, role }) => `  ${role.padEnd(7)}${email}`);
  print(
    output,
    { organization: "demo", bookings, logins },
    [
      `Created ${bookings} bookings in the organization "demo". Sign in with the password ${chosen} as`,
      ...lines,
    ].join("\n"),
  );
}

async function clean(context: Context, output: Options): Promise<void> {
  const removed = await removeDemo(context);
  print(
    output,
    { removedRows: removed ?? 0 },
    removed === null ? "There is no demo data." : `Removed the demo data: ${removed} rows.`,
  );
}
