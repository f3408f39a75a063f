import { z } from "zod";
import { BootError, exitConfig } from "./boot-error.ts";
import { type Networks, networks } from "./client-address.ts";
import { databaseUrlForm, edgeUrlFault, isDatabaseUrl, isEdgeUrl } from "./database-url.ts";
import type { SettingName } from "./settings.ts";
import { sqlitePathFault } from "./sqlite-path.ts";
import {
  type CommonConfig,
  commonConfig,
  commonVariables,
  type Env,
  isFaulty,
  parseVariables,
  positive,
  secretFaults,
  type Values,
  type Variable,
} from "./variables.ts";

const databaseUrl = z
  .string()
  .refine((url) => isDatabaseUrl(url) && sqlitePathFault(url) === null)
  .default("sqlite:./data/booking.db");

const proxies = z
  .string()
  .default("")
  .transform((list, context) => {
    const entries = list.split(",").map((entry) => entry.trim());
    try {
      return networks(entries.filter(Boolean));
    } catch {
      context.addIssue("not a network");
      return z.NEVER;
    }
  });

export const port = (fallback: number) =>
  [z.coerce.number().int().min(0).max(65_535).default(fallback), "a port, 0 to 65535"] as const;

function databaseUrlWanted(given: string): string {
  if (isEdgeUrl(given))
    return "a database; only `booking backup` and `booking restore` take the address of an installation at the edge. Set sqlite:<path> or postgres://…";
  return sqlitePathFault(given) ?? databaseUrlForm;
}

/** Every variable that the program reads. */
const variables = {
  ...commonVariables,
  DATABASE_URL: [databaseUrl, databaseUrlWanted],
  DATABASE_POOL: [positive(10, 500), "a whole number of connections, 1 to 500"],
  REDIS_URL: [
    z
      .string()
      .regex(/^rediss?:\/\/.+$/)
      .optional(),
    "redis://host:6379; or leave it unset",
  ],
  TRUSTED_PROXIES: [proxies, "addresses or networks separated by commas, like 10.0.0.0/8,127.0.0.1"],
  HOST: [z.string().min(1).optional(), "an address to listen on, like 127.0.0.1 or 0.0.0.0"],
  PORT: port(5000),
  JOB_PORT: port(5001),
  SMTP_URL: [
    z
      .string()
      .regex(/^smtps?:\/\/.+$/)
      .optional(),
    "smtp://user:password@host:587 or smtps://…; or leave it unset",
  ],
  OTEL_EXPORTER_OTLP_ENDPOINT: [
    z.url({ protocol: /^https?$/ }).optional(),
    "where an OpenTelemetry collector accepts OTLP over HTTP, like http://localhost:4318; or leave it unset",
  ],
} as const satisfies Record<SettingName, Variable>;

type Variables = Values<typeof variables>;

export const variableNames = Object.keys(variables);

export type Config = CommonConfig & {
  database: { url: string; kind: "postgres" | "sqlite"; pool: number };
  production: boolean;
  redisUrl: string | undefined;
  trustedProxies: Networks;
  host: string;
  port: number;
  /** Where the worker's own page, health and metrics are, when it is a process of its own. */
  jobPort: number;
  /** Undefined: no mail is sent. */
  smtp: { url: string; from: string; publicUrl: string } | undefined;
  /** Undefined: nothing is traced. */
  traceEndpoint: string | undefined;
};

/** The settings of commands that only use the database: they run without any secret. */
export type DatabaseConfig = Pick<Config, "database" | "production">;

/** Reads the environment into one typed value, or throws a `BootError` that lists every fault at once. */
export function readConfig(env: Env): Config {
  const { found, faults } = readVariables(env);
  if (faults.length > 0) throw faulty(faults);
  return toConfig(found);
}

export function readDatabaseConfig(env: Env): DatabaseConfig {
  const { DATABASE_URL, DATABASE_POOL, NODE_ENV } = env;
  // Without production's rules, which are about what these commands don't use.
  const { database } = readConfig({ DATABASE_URL, DATABASE_POOL });
  return { database, production: NODE_ENV === "production" };
}

/** The settings of `backup` and `restore`, which also reach an installation at the edge. */
export type BackupConfig = { database: { url: string }; platformKey?: string | undefined };

export function readBackupConfig(env: Env): BackupConfig {
  const { DATABASE_URL: url = "", PLATFORM_KEY } = env;
  if (!isEdgeUrl(url)) return readDatabaseConfig(env);
  const expected = edgeUrlFault(url);
  const { found, faults } = parseVariables({ PLATFORM_KEY: variables.PLATFORM_KEY }, { PLATFORM_KEY });
  if (expected) faults.push(`DATABASE_URL: expected ${expected}.`);
  if (!PLATFORM_KEY)
    faults.push("PLATFORM_KEY: expected the PLATFORM_KEY of the installation at DATABASE_URL.");
  if (faults.length > 0) throw faulty(faults);
  return { database: { url }, platformKey: found.PLATFORM_KEY };
}

/** All faults of an environment, each in a sentence. Values are never shown. */
export function configFaults(env: Env): string[] {
  return readVariables(env).faults;
}

/** The valid part of an environment, with defaults for the rest. */
export function readUsableConfig(env: Env): Config {
  return toConfig(readVariables(env).found);
}

function readVariables(env: Env): { found: Variables; faults: string[] } {
  const { found, faults } = parseVariables(variables, env);
  const onSqlite = found.DATABASE_URL.startsWith("sqlite:") && !isFaulty("DATABASE_URL", faults);
  if (found.NODE_ENV === "production") faults.push(...productionFaults(found, faults));
  if (found.REDIS_URL && onSqlite) {
    faults.push(
      "REDIS_URL: SQLite does not use Redis. Leave REDIS_URL unset, or set DATABASE_URL to Postgres.",
    );
  }
  return { found, faults };
}

export function faulty(
  faults: string[],
  explained = "`booking serve --help` explains every variable.",
): BootError {
  const heading = `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`;
  const lines = [heading, ...faults.map((fault) => `  ${fault}`), explained];
  return new BootError(lines.join("\n"), exitConfig);
}

function productionFaults(found: Variables, known: string[]): string[] {
  const mail = (["MAIL_FROM", "PUBLIC_URL"] as const)
    .filter((name) => found.SMTP_URL && !found[name] && !isFaulty(name, known))
    .map((name) => `${name}: expected ${variables[name][1]}; mail needs it.`);
  return [...secretFaults(found, known), ...mail];
}

function toConfig(found: Variables): Config {
  const production = found.NODE_ENV === "production";
  return {
    ...commonConfig(found),
    database: {
      url: found.DATABASE_URL,
      kind: found.DATABASE_URL.startsWith("sqlite:") ? "sqlite" : "postgres",
      pool: found.DATABASE_POOL,
    },
    production,
    redisUrl: found.REDIS_URL,
    trustedProxies: found.TRUSTED_PROXIES,
    host: found.HOST ?? (production ? "0.0.0.0" : "127.0.0.1"),
    port: found.PORT,
    jobPort: found.JOB_PORT,
    smtp: found.SMTP_URL
      ? {
          url: found.SMTP_URL,
          from: found.MAIL_FROM ?? "Booking <booking@localhost>",
          publicUrl: found.PUBLIC_URL ?? `http://localhost:${found.PORT}`,
        }
      : undefined,
    traceEndpoint: found.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}
