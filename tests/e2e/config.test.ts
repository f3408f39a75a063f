import { expect, test } from "bun:test";
import { settings } from "../../src/process/settings.ts";
import { run } from "../support/server.ts";

const secret = "hunter2".repeat(10);
const env = {
  DATABASE_URL: "postgres://me:hunter2@db.example.com/booking",
  JWT_SECRET_KEY: secret,
  SMTP_URL: "smtp://me:hunter2@mail.example.com",
  PORT: "5050",
};

test("`config` shows every setting, where it comes from, and no secret", async () => {
  const { code, output } = await run(["config"], { env });
  expect(code).toBe(0);
  for (const name of Object.keys(settings)) expect(output).toContain(name);
  expect(output).toMatch(/^PORT +5050 +environment$/m);
  expect(output).toMatch(/^JOB_PORT +5001 +default$/m);
  expect(output).toContain("postgres://…@db.example.com/booking");
  expect(output).not.toContain("hunter2");
  const { settings: rows } = JSON.parse((await run(["config", "--json"], { env })).output);
  expect(rows).toContainEqual(expect.objectContaining({ name: "JWT_SECRET_KEY", value: "(hidden)" }));
});

test("`config` shows what counts where nothing is set, and the whole table when something is wrong", async () => {
  const { output } = await run(["config"]);
  expect(output).toMatch(/^HOST +127\.0\.0\.1 +default$/m);
  expect(output).toMatch(/^ADMIN_EMAIL +admin@booking\.localhost +default$/m);
  expect(output).toMatch(/^JWT_SECRET_KEY +\(generated\) +default$/m);
  const production = await run(["config"], { env: { NODE_ENV: "production", PORT: "x" } });
  expect(production.code).toBe(78);
  expect(production.output).toMatch(/^HOST +0\.0\.0\.0 +default$/m);
  expect(production.output).toMatch(/^PORT +x +environment, not valid$/m);
  expect(production.output).toMatch(/^JWT_SECRET_KEY +- +default, not valid$/m);
  expect(production.output).toContain("PORT: expected a port");
});

test("a variable that looks like one of ours gets a hint, and no other does", async () => {
  const env = { DATABSE_URL: "x", JWT_SECRET: "x", HOST_: "x", HOSTNAME: "x", REDIS_PORT: "6379" };
  const { code, output } = await run(["config"], { env });
  expect([code, output]).toEqual([0, expect.stringContaining("Did you mean DATABASE_URL?")]);
  expect(output).toContain("JWT_SECRET is not a setting of Booking. Did you mean JWT_SECRET_KEY?");
  expect(output.match(/Did you mean/g)).toHaveLength(2);
});

test("`serve --help` explains every variable", async () => {
  const { code, output } = await run(["serve", "--help"]);
  expect(code).toBe(0);
  for (const name of Object.keys(settings)) expect(output).toContain(`\n${name}`);
});
