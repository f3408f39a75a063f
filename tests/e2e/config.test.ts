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

test("`serve --help` explains every variable", async () => {
  const { code, output } = await run(["serve", "--help"]);
  expect(code).toBe(0);
  for (const name of Object.keys(settings)) expect(output).toContain(`\n${name}`);
});
