import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readWrangler } from "../../scripts/edge/wrangler.ts";
import type { EdgeEnv } from "../../src/edge/runtime.ts";
import { edgeVariables, readEdgeConfig } from "../../src/edge/settings.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const config = await readWrangler();

/** What the worker exports, or `assets`, for each of its bindings. */
const bindings = {
  BOOKING: "BookingObject",
  REGISTRY: "Registry",
  HASHER: "Hasher",
  ASSETS: "assets",
} satisfies Record<keyof EdgeEnv, string>;

test("wrangler.jsonc binds what the worker asks for, to classes that it exports", () => {
  const bound = [
    ...config.durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
    ...config.services.map(({ binding, entrypoint }) => [binding, entrypoint]),
    [config.assets.binding, "assets"],
  ];
  expect(Object.fromEntries(bound)).toEqual(bindings);
  const exported = [...read("src/edge/worker.ts").matchAll(/^export \{ (\w+) \} from/gm)].map(
    ([, name]) => name,
  );
  expect([...exported, "assets"].sort()).toEqual(Object.values(bindings).sort());
  expect(config.services.map(({ service }) => service)).toEqual([config.name]);
});

test("every object keeps its data in SQLite, and the worker answers before the assets", () => {
  const sqlite = config.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes);
  expect(sqlite.sort()).toEqual(config.durable_objects.bindings.map(({ class_name }) => class_name).sort());
  expect(config.assets.run_worker_first).toBe(true);
});

test("its vars and secrets are settings, and all that a deployment needs besides the admin", () => {
  const { required } = config.secrets;
  for (const name of [...Object.keys(config.vars), ...required]) expect(edgeVariables).toHaveProperty(name);
  const text = read("deploy/edge/wrangler.jsonc");
  for (const [name] of secretSettings()) expect(text).toContain(name as string);
  const secrets = Object.fromEntries(required.map((name, n) => [name, String(n).repeat(64)]));
  expect(readEdgeConfig({ ...config.vars, ...secrets }).faults).toEqual([]);
});

test("docs/edge.md lists every setting, with its default", () => {
  const rows = [...read("docs/edge.md").matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)];
  const names = rows.map(([, name = ""]) => name);
  expect([...names].sort()).toEqual(Object.keys(edgeVariables).sort());
  for (const [, name = "", , value = ""] of rows) {
    const [schema] = edgeVariables[name as keyof typeof edgeVariables];
    const fallback = String(schema.parse(undefined) ?? "");
    expect([name, fallback === "" ? "" : value]).toEqual([name, fallback]);
  }
});

/** The settings that docs/edge.md calls secrets. */
function secretSettings(): string[][] {
  return [...read("docs/edge.md").matchAll(/^\| `([A-Z_]+)` +\| secret;/gm)].map(([, name = ""]) => [name]);
}
