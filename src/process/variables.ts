import { z } from "zod";
import { emailPattern, isEmail } from "../domain/people/email.ts";
import { newPasswordFault } from "../domain/people/password.ts";

export const positive = (fallback: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback);

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

/** Several separated by commas: the first one signs, all of them verify. */
const secretsOf = (least: number) =>
  z
    .string()
    .transform((list) => list.split(",").map((secret) => secret.trim()))
    .pipe(z.array(z.string().min(least)).max(5));
const secret = secretsOf(32).optional();
const productionSecret = z.array(z.string().min(64));

/** What a variable may be, with a description of valid values; it may depend on the invalid one. */
export type Variable = readonly [z.ZodType, string | ((given: string) => string)];

export type Env = Record<string, string | undefined>;

/** The variables that mean the same wherever the service runs. */
export const commonVariables = {
  NODE_ENV: [
    z.enum(["development", "test", "production"]).default("development"),
    "development, test or production",
  ],
  CORS_ORIGINS: [
    origins,
    (list: string) =>
      `exact origins separated by commas, like https://app.example.com${/\/\s*(,|$)/.test(list) ? ", without a slash at the end" : ""}`,
  ],
  SECURITY_CONTACT: [
    z
      .string()
      .regex(/^(https:\/\/\S+|mailto:\S+@\S+)$/)
      .optional(),
    "https://… or mailto:security@example.com",
  ],
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
  REMINDER_MINUTES_BEFORE: [
    minutesBefore,
    "at most five different whole numbers of minutes, 0 to 40320, separated by commas; or none",
  ],
  MAIL_FROM: [
    z
      .string()
      .refine((mailbox) => isEmail(/^[^<>]*<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox))
      .optional(),
    "an address, like Booking <booking@example.com>",
  ],
  PUBLIC_URL: [publicUrl, "where people reach this service, like https://booking.example.com"],
  PLATFORM_KEY: [
    z
      .string()
      .regex(/^[\x21-\x7e]{32,}$/)
      .optional(),
    "at least 32 characters without spaces: create one with `openssl rand -hex 32`",
  ],
  METRICS_TOKEN: [z.string().min(16).optional(), "at least 16 characters"],
  EVENT_RETENTION_DAYS: [positive(30, 3650), "a whole number of days, 1 to 3650"],
  LOG_LEVEL: [
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    "trace, debug, info, warn, error, fatal or silent",
  ],
  RATE_LIMIT_SCALE: [z.coerce.number().int().min(1).max(1_000_000).default(1), "a whole number, at least 1"],
} as const satisfies Record<string, Variable>;

export type Values<T extends Record<string, Variable>> = { [K in keyof T]: z.output<T[K][0]> };

/** The valid part of an environment, with defaults for the rest, and all faults, each in a sentence. No value is shown. */
export function parseVariables<T extends Record<string, Variable>>(
  variables: T,
  env: Env,
): { found: Values<T>; faults: string[] } {
  const faults: string[] = [];
  const found = {} as Record<string, unknown>;
  for (const [name, [schema, expected]] of Object.entries(variables)) {
    // An empty line in an .env file means the same as none.
    const given = env[name] || undefined;
    const parsed = schema.safeParse(given);
    found[name] = parsed.success ? parsed.data : schema.parse(undefined);
    if (!parsed.success)
      faults.push(`${name}: expected ${typeof expected === "string" ? expected : expected(given ?? "")}.`);
  }
  return { found: found as Values<T>, faults };
}

/** What these variables say, in the terms of the program. */
export function commonConfig(found: Values<typeof commonVariables>) {
  return {
    corsOrigins: found.CORS_ORIGINS,
    securityContact: found.SECURITY_CONTACT,
    /** Undefined outside production: then they are generated once and kept with the data. */
    accessSecrets: found.JWT_SECRET_KEY,
    refreshSecrets: found.REFRESH_JWT_SECRET_KEY,
    accessMinutes: found.ACCESS_TOKEN_MINUTES,
    refreshDays: found.REFRESH_TOKEN_DAYS,
    registration: found.REGISTRATION,
    admin: { email: found.ADMIN_EMAIL, password: found.ADMIN_PASSWORD },
    eventRetentionDays: found.EVENT_RETENTION_DAYS,
    reminderMinutesBefore: found.REMINDER_MINUTES_BEFORE,
    metricsToken: found.METRICS_TOKEN,
    logLevel: found.LOG_LEVEL,
    rateLimitScale: found.RATE_LIMIT_SCALE,
  };
}

export type CommonConfig = ReturnType<typeof commonConfig>;

export const isFaulty = (name: string, faults: string[]) =>
  faults.some((fault) => fault.startsWith(`${name}:`));

type Secrets = Pick<Values<typeof commonVariables>, "JWT_SECRET_KEY" | "REFRESH_JWT_SECRET_KEY">;

/** What is wrong with the secrets in production, besides the known faults. */
export function secretFaults(found: Secrets, known: string[]): string[] {
  const names = ["JWT_SECRET_KEY", "REFRESH_JWT_SECRET_KEY"] as const;
  const weak = names
    .filter((name) => !isFaulty(name, known))
    .filter((name) => !productionSecret.safeParse(found[name]).success)
    .map(
      (name) =>
        `${name}: expected at least 64 characters in production: create one with \`openssl rand -hex 32\`.`,
    );
  const same = found.JWT_SECRET_KEY?.some((one) => found.REFRESH_JWT_SECRET_KEY?.includes(one));
  return same ? [...weak, "REFRESH_JWT_SECRET_KEY: must differ from JWT_SECRET_KEY."] : weak;
}
