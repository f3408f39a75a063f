import { z } from "zod";
import { emailPattern, isEmail } from "../domain/people/email.ts";
import { newPasswordFault } from "../domain/people/password.ts";
import { BootError, exitConfig } from "./boot-error.ts";
import { type Networks, networks } from "./client-address.ts";
import { databaseUrlForm, isDatabaseUrl } from "./database-url.ts";
import type { SettingName } from "./settings.ts";
import { sqlitePathFault } from "./sqlite-path.ts";

const positive = (fallback: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback);

const databaseUrl = z
  .string()
  .refine((url) => isDatabaseUrl(url) && sqlitePathFault(url) === null)
  .default("sqlite:./data/booking.db");

const origins = z
  .string()
  .default("")
  .transform((list) =>
    list
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine((list) => list.every((origin) => URL.parse(origin)?.origin === origin));

const minutesBefore = z
  .string()
  .default("10")
  .transform((list) => (list === "none" ? [] : list.split(",").map((text) => Number(text.trim() || "x"))))
  .pipe(z.array(z.int().min(0).max(40_320)).max(5))
  .refine((list) => new Set(list).size === list.length);

/** Without a slash at the end, because paths are added to it. */
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .transform((url) => url.replace(/\/+$/, ""))
  .optional();

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

/** Several separated by commas: the first one signs, all of them verify. */
const secretsOf = (least: number) =>
  z
    .string()
    .transform((list) => list.split(",").map((secret) => secret.trim()))
    .pipe(z.array(z.string().min(least)).max(5));
const secret = secretsOf(32).optional();
const productionSecret = z.array(z.string().min(64));

/** Every variable that the program reads, with a description of valid values; it may depend on the invalid one. */
const variables = {
  DATABASE_URL: [databaseUrl, (url: string) => sqlitePathFault(url) ?? databaseUrlForm],
  DATABASE_POOL: [positive(10, 500), "a whole number of connections, 1 to 500"],
  NODE_ENV: [
    z.enum(["development", "test", "production"]).default("development"),
    "development, test or production",
  ],
  REDIS_URL: [
    z
      .string()
      .regex(/^rediss?:\/\/.+$/)
      .optional(),
    "redis://host:6379; or leave it unset",
  ],
  CORS_ORIGINS: [
    origins,
    (list: string) =>
      `exact origins separated by commas, like https://app.example.com${/\/\s*(,|$)/.test(list) ? ", without a slash at the end" : ""}`,
  ],
  TRUSTED_PROXIES: [proxies, "addresses or networks separated by commas, like 10.0.0.0/8,127.0.0.1"],
  SECURITY_CONTACT: [
    z
      .string()
      .regex(/^(https:\/\/\S+|mailto:\S+@\S+)$/)
      .optional(),
    "https://… or mailto:security@example.com",
  ],
  HOST: [z.string().min(1).optional(), "an address to listen on, like 127.0.0.1 or 0.0.0.0"],
  PORT: [z.coerce.number().int().min(0).max(65_535).default(5000), "a port, 0 to 65535"],
  JWT_SECRET_KEY: [
    secret,
    "at least 32 characters (64 in production): create one with `openssl rand -hex 32`",
  ],
  REFRESH_JWT_SECRET_KEY: [
    secret,
    "at least 32 characters (64 in production): create one with `openssl rand -hex 32`",
  ],
  ACCESS_TOKEN_MINUTES: [positive(15, 24 * 60), "a whole number of minutes, 1 to 1440"],
  REFRESH_TOKEN_DAYS: [positive(30, 365), "a whole number of days, 1 to 365"],
  REGISTRATION: [z.enum(["open", "closed"]).default("open"), "open or closed"],
  ADMIN_EMAIL: [z.email({ pattern: emailPattern }).toLowerCase().optional(), "an email address"],
  ADMIN_PASSWORD: [
    z
      .string()
      .refine((password) => newPasswordFault(password) === null)
      .optional(),
    "a password of at least 8 characters and at most 256 bytes",
  ],
  JOB_PORT: [z.coerce.number().int().min(0).max(65_535).default(5001), "a port, 0 to 65535"],
  REMINDER_MINUTES_BEFORE: [
    minutesBefore,
    "at most five different whole numbers of minutes, 0 to 40320, separated by commas; or none",
  ],
  SMTP_URL: [
    z
      .string()
      .regex(/^smtps?:\/\/.+$/)
      .optional(),
    "smtp://user:password@host:587 or smtps://…; or leave it unset",
  ],
  MAIL_FROM: [
    z
      .string()
      .refine((mailbox) => isEmail(/^[^<>]*<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox))
      .optional(),
    "an address, like Booking <booking@example.com>",
  ],
  PUBLIC_URL: [publicUrl, "where people reach this service, like https://booking.example.com"],
  OTEL_EXPORTER_OTLP_ENDPOINT: [
    z.url({ protocol: /^https?$/ }).optional(),
    "where an OpenTelemetry collector accepts OTLP over HTTP, like http://localhost:4318; or leave it unset",
  ],
  METRICS_TOKEN: [z.string().min(16).optional(), "at least 16 characters"],
  EVENT_RETENTION_DAYS: [positive(30, 3650), "a whole number of days, 1 to 3650"],
  LOG_LEVEL: [
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    "trace, debug, info, warn, error, fatal or silent",
  ],
  RATE_LIMIT_SCALE: [z.coerce.number().int().min(1).max(1_000_000).default(1), "a whole number, at least 1"],
} as const satisfies Record<SettingName, readonly [z.ZodType, string | ((given: string) => string)]>;

type Variables = { [K in keyof typeof variables]: z.output<(typeof variables)[K][0]> };

export const variableNames = Object.keys(variables);

export type Config = {
  database: { url: string; kind: "postgres" | "sqlite"; pool: number };
  production: boolean;
  redisUrl: string | undefined;
  corsOrigins: string[];
  trustedProxies: Networks;
  securityContact: string | undefined;
  host: string;
  port: number;
  /** Undefined outside production: then they are generated once and kept with the data. */
  accessSecrets: string[] | undefined;
  refreshSecrets: string[] | undefined;
  accessMinutes: number;
  refreshDays: number;
  registration: "open" | "closed";
  admin: { email: string | undefined; password: string | undefined };
  eventRetentionDays: number;
  /** Where the worker's own page, health and metrics are, when it is a process of its own. */
  jobPort: number;
  reminderMinutesBefore: number[];
  /** Undefined: no mail is sent. */
  smtp: { url: string; from: string; publicUrl: string } | undefined;
  metricsToken: string | undefined;
  /** Undefined: nothing is traced. */
  traceEndpoint: string | undefined;
  logLevel: string;
  rateLimitScale: number;
};

/** The settings of commands that only use the database: they run without any secret. */
export type DatabaseConfig = Pick<Config, "database" | "production">;

type Env = Record<string, string | undefined>;

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

/** All faults of an environment, each in a sentence. Values are never shown. */
export function configFaults(env: Env): string[] {
  return readVariables(env).faults;
}

/** The valid part of an environment, with defaults for the rest. */
export function readUsableConfig(env: Env): Config {
  return toConfig(readVariables(env).found);
}

const isFaulty = (name: string, faults: string[]) => faults.some((fault) => fault.startsWith(`${name}:`));

function readVariables(env: Env): { found: Variables; faults: string[] } {
  const faults: string[] = [];
  const read = {} as Record<string, unknown>;
  for (const [name, [schema, expected]] of Object.entries(variables)) {
    // An empty line in an .env file means the same as none.
    const given = env[name] || undefined;
    const parsed = schema.safeParse(given);
    read[name] = parsed.success ? parsed.data : schema.parse(undefined);
    if (!parsed.success) {
      faults.push(`${name}: expected ${typeof expected === "string" ? expected : expected(given ?? "")}.`);
    }
  }
  const found = read as Variables;
  const onSqlite = found.DATABASE_URL.startsWith("sqlite:") && !isFaulty("DATABASE_URL", faults);
  if (found.NODE_ENV === "production") faults.push(...productionFaults(found, faults));
  if (found.REDIS_URL && onSqlite) {
    faults.push(
      "REDIS_URL: SQLite does not use Redis. Leave REDIS_URL unset, or set DATABASE_URL to Postgres.",
    );
  }
  return { found, faults };
}

export function faulty(faults: string[]): BootError {
  const heading = `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`;
  const lines = [
    heading,
    ...faults.map((fault) => `  ${fault}`),
    "`booking serve --help` explains every variable.",
  ];
  return new BootError(lines.join("\n"), exitConfig);
}

function productionFaults(found: Variables, known: string[]): string[] {
  const secrets = ["JWT_SECRET_KEY", "REFRESH_JWT_SECRET_KEY"] as const;
  const weak = secrets
    .filter((name) => !isFaulty(name, known))
    .filter((name) => !productionSecret.safeParse(found[name]).success)
    .map(
      (name) =>
        `${name}: expected at least 64 characters in production: create one with \`openssl rand -hex 32\`.`,
    );
  const mail = (["MAIL_FROM", "PUBLIC_URL"] as const)
    .filter((name) => found.SMTP_URL && !found[name] && !isFaulty(name, known))
    .map((name) => `${name}: expected ${variables[name][1]}; mail needs it.`);
  weak.push(...mail);
  const same = found.JWT_SECRET_KEY?.some((one) => found.REFRESH_JWT_SECRET_KEY?.includes(one));
  return same ? [...weak, "REFRESH_JWT_SECRET_KEY: must differ from JWT_SECRET_KEY."] : weak;
}

function toConfig(found: Variables): Config {
  const production = found.NODE_ENV === "production";
  return {
    database: {
      url: found.DATABASE_URL,
      kind: found.DATABASE_URL.startsWith("sqlite:") ? "sqlite" : "postgres",
      pool: found.DATABASE_POOL,
    },
    production,
    redisUrl: found.REDIS_URL,
    corsOrigins: found.CORS_ORIGINS,
    trustedProxies: found.TRUSTED_PROXIES,
    securityContact: found.SECURITY_CONTACT,
    host: found.HOST ?? (production ? "0.0.0.0" : "127.0.0.1"),
    port: found.PORT,
    accessSecrets: found.JWT_SECRET_KEY,
    refreshSecrets: found.REFRESH_JWT_SECRET_KEY,
    accessMinutes: found.ACCESS_TOKEN_MINUTES,
    refreshDays: found.REFRESH_TOKEN_DAYS,
    registration: found.REGISTRATION,
    admin: { email: found.ADMIN_EMAIL, password: found.ADMIN_PASSWORD },
    eventRetentionDays: found.EVENT_RETENTION_DAYS,
    jobPort: found.JOB_PORT,
    reminderMinutesBefore: found.REMINDER_MINUTES_BEFORE,
    smtp: found.SMTP_URL
      ? {
          url: found.SMTP_URL,
          from: found.MAIL_FROM ?? "Booking <booking@localhost>",
          publicUrl: found.PUBLIC_URL ?? `http://localhost:${found.PORT}`,
        }
      : undefined,
    metricsToken: found.METRICS_TOKEN,
    traceEndpoint: found.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: found.LOG_LEVEL,
    rateLimitScale: found.RATE_LIMIT_SCALE,
  };
}
