import { expect, test } from "bun:test";
import { BootError } from "../../src/boot-error.ts";
import { readConfig, variableNames } from "../../src/config.ts";

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

test("production needs two secrets of 64 characters, and two different ones", () => {
  expect(faultsOf({ NODE_ENV: "production" })).toContain("REFRESH_JWT_SECRET_KEY: expected at least 64");
  expect(faultsOf({ NODE_ENV: "production", JWT_SECRET_KEY: "a".repeat(63) })).toContain(
    "JWT_SECRET_KEY: expected",
  );
  const same = "a".repeat(64);
  expect(faultsOf({ NODE_ENV: "production", JWT_SECRET_KEY: same, REFRESH_JWT_SECRET_KEY: same })).toContain(
    "another",
  );
  const good = { NODE_ENV: "production", JWT_SECRET_KEY: same, REFRESH_JWT_SECRET_KEY: "b".repeat(64) };
  expect(readConfig(good).host).toBe("0.0.0.0");
});

test("an empty line in an .env file is the same as none", () => {
  expect(readConfig({ PORT: "", JWT_SECRET_KEY: "" }).port).toBe(5000);
});

test(".env.example explains every variable and no other", async () => {
  const example = await Bun.file(new URL("../../.env.example", import.meta.url)).text();
  const named = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1] ?? "");
  expect(named.sort()).toEqual([...variableNames].sort());
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
