import { expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };

test("every script installs what it needs: it may be the first that runs on a checkout", () => {
  const scripts: Record<string, string> = packageJson.scripts;
  const names = Object.keys(scripts).filter((name) => !name.startsWith("pre"));
  expect(names).toContain("start");
  const missing = names.filter((name) => !scripts[`pre${name}`]?.startsWith("bun install --frozen-lockfile"));
  expect(missing).toEqual([]);
});
