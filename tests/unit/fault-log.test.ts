import { expect, test } from "bun:test";
import { faultLog } from "../../src/telemetry/fault-log.ts";

test("a fault is logged at once, and of many one line in ten seconds says how many", () => {
  const lines: [string, number][] = [];
  const log = {
    error: (fields: object) => {
      const { code, sinceLastLine } = fields as { code: string; sinceLastLine: number };
      lines.push([code, sinceLastLine]);
    },
  };
  let now = 0;
  const fault = faultLog(log, () => now);
  for (let n = 0; n < 1_000; n++) fault("ECONNREFUSED", new Error("refused"), "away");
  fault("SQLITE_FULL", new Error("full"), "full");
  now = 9_999;
  fault("ECONNREFUSED", new Error("refused"), "away");
  now = 10_000;
  fault("ECONNREFUSED", new Error("refused"), "away");
  expect(lines).toEqual([
    ["ECONNREFUSED", 0],
    ["SQLITE_FULL", 0],
    ["ECONNREFUSED", 1_000],
  ]);
});
