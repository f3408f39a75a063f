import { Command, InvalidArgumentError } from "commander";
import { BootError } from "./boot-error.ts";
import { type Config, readConfig } from "./config.ts";
import { version } from "./version.ts";

const config = (): Config => readConfig(process.env);

const program = new Command("booking")
  .description("A booking backend: users, resources, and bookings that can never overlap.")
  .version(version)
  .showHelpAfterError();

program
  .command("serve")
  .description("migrate, then serve the API; without Redis the worker runs inside")
  .action(async () => (await import("./commands/serve.ts")).serve(config()));

program
  .command("worker")
  .description("run the worker apart from the API, on Postgres with Redis")
  .action(async () => (await import("./commands/worker.ts")).worker(config()));

const migrate = program.command("migrate").description("bring the schema up to date, or take steps back");
migrate
  .command("run", { isDefault: true })
  .description("apply what is pending")
  .action(async () => (await import("./commands/migrate.ts")).run(config()));
migrate
  .command("revert")
  .description("take back the latest migrations, with the data that only they hold")
  .option("--steps <n>", "how many", wholeNumber, 1)
  .action(async ({ steps }) => (await import("./commands/migrate.ts")).revert(config(), steps));
migrate
  .command("status")
  .description("list migrations and whether they are applied")
  .action(async () => (await import("./commands/migrate.ts")).status(config()));

const admin = program.command("admin").description("accounts, from the command line");
admin
  .command("create")
  .description("make an admin; without --password one is made and shown once")
  .requiredOption("--email <email>", "the admin's email", emailAddress)
  .option("--name <name>", "the admin's name", "Admin")
  .option("--password <password>", "a password of 8 characters at least")
  .action(async (options) => (await import("./commands/admin.ts")).create(config(), options));
admin
  .command("reset-password")
  .description("give a user a new password and end their sessions")
  .requiredOption("--email <email>", "the user's email", emailAddress)
  .option("--password <password>", "a password of 8 characters at least")
  .action(async (options) => (await import("./commands/admin.ts")).resetPassword(config(), options));

const jobs = program.command("jobs").description("what the worker has to do");
jobs
  .command("retry")
  .description("try again what has failed for good")
  .action(async () => (await import("./commands/jobs.ts")).retry(config()));

program
  .command("openapi")
  .description("print the OpenAPI document")
  .action(async () => (await import("./commands/openapi.ts")).openapi());

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number, at least 1.");
  return value;
}

function emailAddress(text: string): string {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) throw new InvalidArgumentError("Expected an email address.");
  return text;
}

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  console.error(error instanceof BootError ? error.message : error);
  process.exit(error instanceof BootError ? error.exitCode : 1);
}
