import { Command, CommanderError, InvalidArgumentError } from "commander";
import { isEmail } from "./domain/people/email.ts";
import { Refusal } from "./domain/refusal.ts";
import { BootError, exitUsage } from "./process/boot-error.ts";
import { readBackupConfig, readConfig, readDatabaseConfig } from "./process/config.ts";
import { distance, misspelledVariables } from "./process/misspelled.ts";
import { settingsHelp } from "./process/settings.ts";
import { version } from "./process/version.ts";

const config = () => readConfig(environment());
const databaseConfig = () => readDatabaseConfig(environment());
const backupConfig = () => readBackupConfig(environment());

const program = new Command("booking")
  .description("A booking backend: users, resources, and bookings that can never overlap.")
  .version(version)
  .exitOverride()
  .addHelpText(
    "after",
    `
Settings come from the environment and from .env: "booking serve --help" explains them, "booking config" shows them.
Exit codes: 0 done, 1 it could not be done, 2 an invalid command line, 78 an invalid configuration.`,
  );

program
  .command("serve")
  .description("migrate, then serve the API; without Redis the worker runs inside")
  .addHelpText("after", () => `\nEnvironment:\n${settingsHelp()}`)
  .action(async () => (await import("./commands/serve.ts")).serve(config()));

program
  .command("worker")
  .description("run the worker in its own process, on Postgres with Redis")
  .action(async () => (await import("./commands/worker.ts")).worker(config()));

const migrate = program.command("migrate").description("bring the schema up to date, or revert steps");
withJson(migrate.command("run", { isDefault: true }))
  .description("apply pending migrations")
  // As the default, it also gets the name of a command that does not exist.
  .allowExcessArguments()
  .action(async (options, { args: [name] }) => {
    if (name !== undefined) unknownCommand(migrate, name);
    await (await import("./commands/migrate.ts")).run(databaseConfig(), options);
  });
withJson(migrate.command("revert"))
  .description("revert the latest migrations, and lose the data that only they store")
  .option("--steps <n>", "how many", wholeNumber, 1)
  .option("--yes", "revert even if data is lost; without it, say what would be lost and do nothing")
  .action(async (options) => (await import("./commands/migrate.ts")).revert(databaseConfig(), options));
withJson(migrate.command("status"))
  .description("list migrations and whether they are applied")
  .action(async (options) => (await import("./commands/migrate.ts")).status(databaseConfig(), options));

withJson(program.command("seed"))
  .description("fill a separate organization with demo data")
  .option("--bookings <n>", "how many bookings", wholeNumber, 200)
  .option(
    "--password <password>",
    "everyone's password, at least 8 characters; by default one is generated and shown",
  )
  .option("--clean", "remove the demo data instead, and nothing else")
  .action(async (options) => (await import("./commands/seed.ts")).seed(config(), options));

const admin = program.command("admin").description("manage accounts from the command line");
withJson(admin.command("create"))
  .description("create an admin; without --password one is generated and shown once")
  .requiredOption("--email <email>", "the admin's email", emailAddress)
  .option("--name <name>", "the admin's name", "Admin")
  .option("--password <password>", "a password of at least 8 characters")
  .action(async (options) => (await import("./commands/admin.ts")).create(config(), options));
withJson(admin.command("reset-password"))
  .description("give a user a new password and end their sessions")
  .requiredOption("--email <email>", "the user's email", emailAddress)
  .option("--password <password>", "a password of at least 8 characters")
  .action(async (options) => (await import("./commands/admin.ts")).resetPassword(config(), options));

const jobs = program.command("jobs").description("the worker's queues");
withJson(jobs.command("status"))
  .description("show the state of the queues and the reminders")
  .action(async (options) => (await import("./commands/jobs.ts")).status(config(), options));
withJson(jobs.command("retry"))
  .description("retry jobs that failed for good")
  .action(async (options) => (await import("./commands/jobs.ts")).retry(config(), options));

withJson(program.command("backup"))
  .description("write a consistent snapshot to a new folder, while the installation is in use")
  .argument("[folder]", "where to write it; by default backups/<time>")
  .action(async (folder, options) =>
    (await import("./commands/backup.ts")).backup(backupConfig(), folder, options),
  );

withJson(program.command("restore"))
  .description("fill an empty installation, on any engine, from a backup")
  .argument("<folder>", "what `booking backup` wrote")
  .option("--verify-only", "read the backup to its end and write nothing")
  .action(async (folder, options) =>
    (await import("./commands/restore.ts")).restore(backupConfig(), folder, options),
  );

withJson(program.command("config"))
  .description("show every setting: its value, or its default; secrets stay hidden")
  .action(async (options) => (await import("./commands/config.ts")).showConfig(environment(), options));

withJson(program.command("doctor"))
  .description("check everything that the service needs, and say what to do about each fault")
  .action(async (options) => (await import("./commands/doctor.ts")).doctor(environment(), options));

withJson(program.command("healthcheck"))
  .description("ask the process on this machine whether it is ready")
  .option("--worker", "the worker's, on JOB_PORT, instead of the API's, on PORT")
  .action(async ({ worker, ...options }) =>
    (await import("./commands/healthcheck.ts")).healthcheck(
      Number(worker ? process.env.JOB_PORT || 5001 : process.env.PORT || 5000),
      options,
    ),
  );

program
  .command("openapi")
  .description("print the OpenAPI document")
  .action(async () => (await import("./commands/openapi.ts")).openapi());

withJson(program.command("version"))
  .description("print the version, the runtime and the platform")
  .action(async (options) => (await import("./commands/version.ts")).printVersion(options));

function unknownCommand(parent: Command, name: string): never {
  const meant = parent.commands.map((command) => command.name()).find((known) => distance(name, known) <= 2);
  return parent.error(`error: unknown command '${name}'${meant ? `\n(Did you mean ${meant}?)` : ""}`);
}

/** After a usage error, people need the error; the help would push it off the screen. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`See \`${path} --help\`.`);
  for (const each of command.commands) pointToHelp(each, `${path} ${each.name()}`);
}

/** On stderr, because stdout is for results. */
function environment(): NodeJS.ProcessEnv {
  for (const hint of misspelledVariables(process.env)) console.error(hint);
  return process.env;
}

function withJson(command: Command): Command {
  return command.option("--json", "print one JSON value, for programs");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number, at least 1.");
  return value;
}

function emailAddress(text: string): string {
  if (!isEmail(text)) throw new InvalidArgumentError("Expected an email address.");
  return text;
}

pointToHelp(program, program.name());
try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  // Commander has printed the error, or the requested text (--help).
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : exitUsage);
  const message =
    error instanceof BootError ? error.message : error instanceof Refusal ? error.detail : error;
  if (message !== "") console.error(message);
  process.exit(error instanceof BootError ? error.exitCode : 1);
}
