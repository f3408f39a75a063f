import { expect, test } from "bun:test";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { Refusal } from "../../src/domain/refusal.ts";
import { loggableError } from "../../src/process/loggable-error.ts";

test("an outage is its messages, codes and causes, without statements, their data or stacks", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" });
  const query = new DrizzleQueryError(
    `select ${"a_column, ".repeat(500)}`,
    ["somebody@example.com"],
    refused,
  );
  const details = { retryAfterSeconds: 2 };
  const outage = new Refusal("unavailable", "The database can't be reached.", details, { cause: query });
  const shown = loggableError(outage);
  expect(shown).toMatchObject({
    message: "unavailable: The database can't be reached.",
    cause: { cause: { code: "ECONNREFUSED", message: refused.message } },
  });
  const text = JSON.stringify(shown);
  expect(text.length).toBeLessThan(700);
  expect(text).not.toContain("somebody@example.com");
  expect(text).not.toContain("stack");
});

test("an error without a code has the place where it comes from", () => {
  const shown = loggableError(new TypeError("x is undefined")) as { stack: string };
  expect(shown).toMatchObject({ type: "TypeError", message: "x is undefined" });
  expect(shown.stack).toContain("loggable-error.test.ts");
});
