type Setting = {
  /** One or more sentences, for people. */
  about: string;
  /** The value when it is not set; left out if there is none. */
  default?: string;
  /** A value to start from, where there is no default. */
  example?: string;
  /** Its value is never shown. */
  secret?: boolean;
};

/**
 * Every variable that the program reads, in the order in which people meet them. `booking serve --help`,
 * `booking config` and `.env.example` are made from this table; `config.ts` says which values are valid.
 */
export const settings = {
  DATABASE_URL: {
    about:
      "Where the data is: sqlite:<path> or postgres://user:password@host:5432/database. `booking backup` and `booking restore` also take the address of an installation at the edge, https://<host>.",
    default: "sqlite:./data/booking.db",
    secret: true,
  },
  DATABASE_POOL: {
    about: "Postgres connections of one process. A request that waits 2 s for a connection is answered 503.",
    default: "10",
  },
  REDIS_URL: {
    about:
      "Carries live updates between processes on Postgres, and the worker's queues; the worker is then a separate process (`booking worker`). Without Redis, processes notice changes within a second, and each one runs a worker. SQLite does not use Redis. Set appendonly yes and maxmemory-policy noeviction in Redis.",
    example: "redis://127.0.0.1:6379",
    secret: true,
  },
  NODE_ENV: {
    about:
      "development, test or production. Production generates no secrets and no admin: you must set them.",
    default: "development",
  },
  HOST: {
    about: "The address to listen on: 127.0.0.1 by default, in production 0.0.0.0 (all addresses).",
    example: "127.0.0.1",
  },
  PORT: {
    about: "The port of the API, of the sockets and, in one process, of the job page.",
    default: "5000",
  },
  CORS_ORIGINS: {
    about:
      "Web pages on other hosts that may call the API and open sockets: exact origins, separated by commas. Outside production, pages on localhost may do so without being listed.",
    example: "https://app.example.com",
  },
  TRUSTED_PROXIES: {
    about:
      "The proxies in front of this service: addresses or networks, separated by commas. Only what these proxies report about a client counts (X-Forwarded-For, X-Forwarded-Proto). Without them, all clients of a proxy share one address in the rate limits.",
    example: "127.0.0.1,10.0.0.0/8",
  },
  SECURITY_CONTACT: {
    about: "Where to report a vulnerability: https://… or mailto:…, shown at /.well-known/security.txt.",
    example: "mailto:security@example.com",
  },
  JWT_SECRET_KEY: {
    about:
      "Signs access tokens: at least 64 characters in production (openssl rand -hex 32), and different from the next one. Outside production, a secret is generated once and kept with the data. You can set several, separated by commas: the first one signs and all of them verify, so you can put a new one in front without signing anyone out.",
    secret: true,
  },
  REFRESH_JWT_SECRET_KEY: { about: "Signs refresh tokens, in the same way.", secret: true },
  ACCESS_TOKEN_MINUTES: { about: "How long an access token is valid.", default: "15" },
  REFRESH_TOKEN_DAYS: { about: "How long a refresh token is valid.", default: "30" },
  REGISTRATION: { about: "open, or closed: then only admins create accounts.", default: "open" },
  ADMIN_EMAIL: {
    about:
      "The first admin of an empty installation. Outside production the default is admin@booking.localhost.",
    example: "admin@example.com",
  },
  ADMIN_PASSWORD: {
    about:
      "The first admin's password. Outside production, one is generated and written to a file next to the data, which the first sign-in deletes.",
    secret: true,
  },
  EVENT_RETENTION_DAYS: {
    about: "How far back clients may replay events. Events are never deleted.",
    default: "30",
  },
  REMINDER_MINUTES_BEFORE: {
    about:
      "The default reminders of a booking: minutes before it starts, separated by commas, five at most, or `none`. Each goes to the owner's sockets and, with SMTP_URL, by mail as well.",
    default: "10",
  },
  SMTP_URL: {
    about:
      "Sends reminders, and the links that verify an address or recover an account. Without it, no mail is sent.",
    example: "smtp://user:password@mail.example.com:587",
    secret: true,
  },
  MAIL_FROM: {
    about: "The sender of mails. In production, mail needs it.",
    example: "Booking <booking@example.com>",
  },
  PUBLIC_URL: {
    about: "Where people reach this service: links in mails begin with it. In production, mail needs it.",
    example: "https://booking.example.com",
  },
  JOB_PORT: {
    about: "The port of a separate worker (with Redis): its job page, health and metrics.",
    default: "5001",
  },
  METRICS_TOKEN: {
    about:
      "Lets a scraper read /metrics with this bearer token. Without it, only this machine and private addresses may.",
    secret: true,
  },
  PLATFORM_KEY: {
    about:
      "The PLATFORM_KEY of an installation at the edge, for `booking backup` and `booking restore`. Nothing else needs it.",
    secret: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    about:
      "Where to send traces, by OTLP over HTTP: one trace per request, from the store and the queue to the resulting reminder.",
    example: "http://localhost:4318",
  },
  LOG_LEVEL: { about: "trace, debug, info, warn, error, fatal or silent.", default: "info" },
  RATE_LIMIT_SCALE: { about: "Multiplies every rate limit, for load tests.", default: "1" },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

export const settingEntries = Object.entries(settings) as [SettingName, Setting][];

/** All variables with their defaults, for a terminal. */
export function settingsHelp(): string {
  return settingEntries
    .map(([name, { about, default: value }]) => {
      const head = value === undefined ? name : `${name} (default ${value})`;
      return `${head}\n${wrap(about, 92, "    ")}`;
    })
    .join("\n");
}

/** The text of `.env.example`. */
export function environmentExample(): string {
  const intro = [
    "# Copy to .env and change what you need: Bun reads it automatically. Every line shows the default or an example.",
    "# Without any of them the service runs on SQLite, for this machine only. `booking config` shows what is in effect.",
  ];
  const blocks = settingEntries.map(
    ([name, { about, default: value, example }]) =>
      `${wrap(about, 116, "# ")}\n# ${name}=${value ?? example ?? ""}`,
  );
  return `${intro.join("\n")}\n\n${blocks.join("\n\n")}\n`;
}

function wrap(text: string, width: number, prefix: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => prefix + line).join("\n");
}
