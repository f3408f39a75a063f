import { expect, test } from "bun:test";
import { BootError } from "../../src/process/boot-error.ts";
import { readConfig, variableNames } from "../../src/process/config.ts";
import { environmentExample, settingEntries, settings } from "../../src/process/settings.ts";

function faultsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof BootError && error.exitCode === 78) return error.message;
    throw error;
  }
  return "";
}

test("an empty environment is SQLite on port 5000 for this machine alone", () => {
  const config = readConfig({});
  expect(config.database).toEqual({ url: "sqlite:./data/booking.db", kind: "sqlite", pool: 10 });
  expect([config.host, config.port, config.production]).toEqual(["127.0.0.1", 5000, false]);
});

test("every fault is told at once, by name, and no value is shown", () => {
  const message = faultsOf({
    PORT: "seventy",
    DATABASE_URL: "mysql://u:hunter2@h/d",
    JWT_SECRET_KEY: "hunter2",
  });
  for (const name of ["PORT", "DATABASE_URL", "JWT_SECRET_KEY"])
    expect(message).toContain(`${name}: expected`);
  expect(message).not.toContain("hunter2");
  expect(message).not.toContain("seventy");
});

test("the URL of Postgres has a host and a database, and only parameters that work, each once", () => {
  const good = [
    "postgres://u:p@h/d",
    "postgresql://u@h1:5432,h2:5433/d?target_session_attrs=read-write&sslmode=require",
    "postgres://u:p%40ss@h:5432/d?application_name=a&search_path=b&options=-c%20geqo%3Doff",
    "sqlite:./x.db",
  ];
  for (const url of good) expect([url, faultsOf({ DATABASE_URL: url })]).toEqual([url, ""]);
  const bad = [
    "postgres://",
    "postgres:///d",
    "postgres://h",
    "postgres://h/",
    "postgres://h:x/d",
    "postgres://u:%@h/d",
  ];
  const parameters = [
    "sslmode=bogus",
    "sslmode=",
    "sslmode=require&sslmode=disable",
    "sslcert=x",
    "constructor=x",
  ].concat(["channel_binding=require", "pgbouncer=true", "target_session_attrs=standby"]);
  for (const url of ["sqlite:", ...bad, ...parameters.map((query) => `postgres://u:p@h/d?${query}`)])
    expect([url, faultsOf({ DATABASE_URL: url })]).toEqual([
      url,
      expect.stringContaining("sslmode (disable, prefer, require, verify-full)"),
    ]);
});

test("production needs two secrets of 64 characters, and two different ones", () => {
  expect(faultsOf({ NODE_ENV: "production" })).toContain("REFRESH_JWT_SECRET_KEY: expected at least 64");
  expect(faultsOf({ NODE_ENV: "production", JWT_SECRET_KEY: "a".repeat(63) })).toContain(
    "JWT_SECRET_KEY: expected",
  );
  const same = "a".repeat(64);
  expect(faultsOf({ NODE_ENV: "production", JWT_SECRET_KEY: same, REFRESH_JWT_SECRET_KEY: same })).toContain(
    "must differ from JWT_SECRET_KEY",
  );
  const good = { NODE_ENV: "production", JWT_SECRET_KEY: same, REFRESH_JWT_SECRET_KEY: "b".repeat(64) };
  expect(readConfig(good).host).toBe("0.0.0.0");
});

test("what is expected fits what was given", () => {
  const faults = {
    DATABASE_URL: {
      "sqlite://data/booking.db": "a file has no host",
      "sqlite:data.db?mode=ro": "without `?`",
      "sqlite:~/booking.db": "`~` is not expanded",
      "mysql://h/d": "postgres://user:password@host:5432/database, or sqlite:<path>",
    },
    CORS_ORIGINS: { "https://app.example.com/": "without a slash at the end" },
    REDIS_URL: { none: "or leave it unset" },
    SMTP_URL: { none: "or leave it unset" },
    OTEL_EXPORTER_OTLP_ENDPOINT: { none: "or leave it unset" },
  };
  for (const [name, cases] of Object.entries(faults)) {
    for (const [value, says] of Object.entries(cases)) expect(faultsOf({ [name]: value })).toContain(says);
  }
  for (const path of ["/var/booking.db", "///var/booking.db", "./a.db", "a.db"])
    expect(readConfig({ DATABASE_URL: `sqlite:${path}` }).database.kind).toBe("sqlite");
});

test("an empty line in an .env file is the same as none", () => {
  expect(readConfig({ PORT: "", JWT_SECRET_KEY: "" }).port).toBe(5000);
});

test("the table of settings has every variable and no other, and its defaults are the real ones", () => {
  expect(Object.keys(settings).sort()).toEqual([...variableNames].sort());
  const defaults = settingEntries.flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]],
  );
  expect(JSON.stringify(readConfig(Object.fromEntries(defaults)))).toBe(JSON.stringify(readConfig({})));
});

test(".env.example sets nothing, and what it shows is valid", () => {
  const example = environmentExample();
  expect(example.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  const shown = [...example.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]);
  expect(shown.map(([name]) => name)).toEqual(Object.keys(settings));
  const { REDIS_URL: _, ...env } = Object.fromEntries(shown);
  expect(faultsOf(env)).toBe("");
});

test("origins are exact, and proxies are addresses", () => {
  const faultOf = (env: Record<string, string>) => {
    try {
      readConfig(env);
      return "none";
    } catch (error) {
      return String(error);
    }
  };
  for (const origins of ["*", "https://app.example.com/", "app.example.com", "null"]) {
    expect(faultOf({ CORS_ORIGINS: origins })).toContain("CORS_ORIGINS: expected exact origins");
  }
  expect(faultOf({ TRUSTED_PROXIES: "proxy.example" })).toContain("TRUSTED_PROXIES: expected addresses");
  expect(
    faultOf({ CORS_ORIGINS: "https://a.example,https://b.example", TRUSTED_PROXIES: "10.0.0.0/8" }),
  ).toBe("none");
});
