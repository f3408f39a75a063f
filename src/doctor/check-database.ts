import { type Holder, type Inspection, inspectDatabase } from "../../db/inspect.ts";
import type { Clock } from "../ports/clock.ts";
import type { DatabaseConfig } from "../process/config.ts";
import { explainDatabaseFault } from "../process/database-fault.ts";
import { checkClock, type Finding, fault, ok, warning } from "./finding.ts";

/** A transaction that is open for longer than this delays live updates for everybody. */
const heldSeconds = 5;

export async function checkDatabase({ database }: DatabaseConfig, clock: Clock): Promise<Finding[]> {
  const before = clock.now();
  let found: Inspection;
  try {
    found = await inspectDatabase(database.url);
  } catch (error) {
    const [detail = "", ...remedy] = explainDatabaseFault(database.url, error).message.split(/(?<=[.)]) /);
    return [fault("database", detail, remedy.join(" ") || "The service's log has the details.")];
  }
  const after = clock.now();
  const { postgres } = found;
  return [
    checkVersion(database.kind, found),
    checkMigrations(found),
    checkClaims(found),
    ...(postgres
      ? [...checkPostgres(postgres), checkClock("database clock", found.now, { before, after })]
      : [checkFile(found)]),
  ];
}

function checkVersion(kind: string, { version, oldest }: Inspection): Finding {
  const name = kind === "sqlite" ? "SQLite" : "Postgres";
  // Postgres counts 15.19, not 15.19.0.
  const whole = (text: string) => (text.split(".").length < 3 ? `${text}.0` : text);
  const old = Bun.semver.order(whole(version), whole(oldest)) < 0;
  return old
    ? fault("database", `${name} ${version} is too old.`, `Use ${name} ${oldest} or later.`)
    : ok("database", `${name} ${version} answers.`);
}

function checkMigrations({ pending, unknown, changed }: Inspection): Finding {
  const check = "migrations";
  if (changed.length > 0) {
    const detail = `The database has a different ${changed.join(", ")} than this version.`;
    return fault(check, detail, "Use the version that made the database, or start with a new, empty one.");
  }
  if (unknown.length > 0) {
    const detail = `The database was migrated by a newer version (${unknown.join(", ")}).`;
    return warning(check, detail, "Run that version everywhere.");
  }
  if (pending.length > 0) {
    const detail = `${pending.length} ${pending.length === 1 ? "migration is" : "migrations are"} pending, starting with ${pending[0]}.`;
    return warning(check, detail, "Run `booking migrate`; `booking serve` does it as well.");
  }
  return ok(check, "The schema is up to date.");
}

/** Only what wrote past the triggers of the claims can cause either. */
function checkClaims({ missummed, overbooked }: Inspection): Finding {
  const check = "occupancy";
  if (overbooked.length > 0) {
    const detail = `${listed(overbooked)} promised to more than the capacity, at some time from now on.`;
    return fault(
      check,
      detail,
      "Compare the resource's bookings with its capacity, and move or cancel what is too much.",
    );
  }
  if (missummed.length > 0) {
    const detail = `The sums of what is taken are wrong: ${listed(missummed)} not the sum of the claims. Free slots are refused, or taken ones sold.`;
    return fault(
      check,
      detail,
      "Back up, and restore into an empty database: a restore sums the claims up again.",
    );
  }
  return ok(check, "No resource is overbooked, and what is taken of each is the sum of its claims.");
}

function listed(resources: string[]): string {
  const first = resources.slice(0, 3).join(", ");
  const [of, is] = resources.length === 1 ? ["resource", "is"] : ["resources", "are"];
  return `${resources.length} ${of} (${first}) ${is}`;
}

type Postgres = NonNullable<Inspection["postgres"]>;

function checkPostgres(found: Postgres): Finding[] {
  const checks = [checkExtension, checkEpoch, checkAutovacuum, checkStatistics];
  return [...checks.map((check) => check(found)), ...checkHorizon(found)];
}

function checkExtension({ extension }: Postgres): Finding {
  const check = "extension";
  if (extension === "installed") return ok(check, "btree_gist is installed.");
  return extension === "available"
    ? warning(
        check,
        "btree_gist is not installed yet.",
        "The first migration creates it if its user may; otherwise run `create extension btree_gist` as a superuser.",
      )
    : fault(check, "btree_gist is not installed.", "Install postgresql-contrib on the database server.");
}

function checkEpoch({ log }: Postgres): Finding {
  const check = "event log";
  if (!log) return ok(check, "It does not exist before the first migration.");
  return ok(check, `Its epoch is ${log.epoch}.`);
}

function checkAutovacuum({ autovacuum }: Postgres): Finding {
  const check = "autovacuum";
  if (autovacuum) return ok(check, "It is on.");
  const detail = "It is off: statistics grow stale, and deleted rows are never cleaned up.";
  return warning(check, detail, "Set autovacuum = on in the server's configuration and reload it.");
}

/** Plans of a table that was never analyzed are guesses. */
function checkStatistics({ neverAnalyzed }: Postgres): Finding {
  const check = "statistics";
  if (neverAnalyzed.length === 0) return ok(check, "Every table with rows has been analyzed.");
  const detail = `The planner knows nothing about ${neverAnalyzed.join(", ")}: never analyzed.`;
  return warning(check, detail, "Run `analyze` as the owner of the tables.");
}

function checkHorizon({ holders, waitingSeconds }: Postgres): Finding[] {
  const check = "event horizon";
  const long = holders.filter(({ seconds }) => seconds > heldSeconds);
  if (long.length > 0) return long.map((holder) => fault(check, ...describeHolder(holder)));
  if (waitingSeconds <= heldSeconds) return [ok(check, "No transaction delays live updates.")];
  return [
    fault(
      check,
      `Live updates have waited ${Math.round(waitingSeconds)} s for a transaction that this user may not see.`,
      "Ask again as a superuser, or after `grant pg_read_all_stats` to this user.",
    ),
  ];
}

/** The transaction that delays live updates, and how to end it. */
function describeHolder(holder: Holder): [string, string] {
  const { database, seconds } = holder;
  const held = `${Math.round(seconds)} s: until it ends, no live client receives newer changes.`;
  if ("preparedAs" in holder) {
    const name = `'${holder.preparedAs.replaceAll("'", "''")}'`;
    return [
      `The transaction prepared as ${name} in the database ${database} has been waiting for ${held}`,
      `Connect to ${database} and run \`commit prepared ${name}\` or \`rollback prepared ${name}\`.`,
    ];
  }
  const { pid, application } = holder;
  return [
    `Process ${pid} (${application || "unnamed"}, in the database ${database}) has a transaction open for ${held}`,
    `End it there, or with select pg_terminate_backend(${pid}).`,
  ];
}

function checkFile({ damage }: Inspection): Finding {
  return damage.length === 0
    ? ok("database file", "It is not damaged.")
    : fault(
        "database file",
        `It is damaged: ${damage[0]}.`,
        "Stop the service and restore the latest backup.",
      );
}
