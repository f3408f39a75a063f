import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { plugin } from "bun";

/**
 * Runs a script of bench/k6 a few times over, on a stand-in for k6: its requests are real ones, by curl, and wait as
 * k6's do. `bun tests/support/run-k6-script.ts <script>`, with what the script reads in the environment; exit code 1 where
 * a check fails.
 */
const iterations = 3;
const failed: string[] = [];

type Params = { headers: Record<string, string>; responseCallback: number[] };

const http = {
  expectedStatuses: (...statuses: number[]) => statuses,
  request: (method: string, url: string, body: string | null, { headers, responseCallback }: Params) => {
    const args = ["-s", "-X", method, "-w", "\n%{http_code}", url, ...(body ? ["--data-binary", body] : [])];
    for (const [name, value] of Object.entries(headers)) args.push("-H", `${name}: ${value}`);
    const lines = Bun.spawnSync(["curl", ...args])
      .stdout.toString()
      .split("\n");
    const status = Number(lines.pop());
    const text = lines.join("\n");
    if (!responseCallback.includes(status)) failed.push(`${method} ${url}: ${status} ${text}`);
    // A path like `data.0.id`, as k6 takes it.
    const json = (path: string) => path.split(".").reduce((value, key) => value?.[key], JSON.parse(text));
    return { status, body: text, json };
  },
};

const check = (value: unknown, checks: Record<string, (value: never) => boolean>) => {
  for (const [name, holds] of Object.entries(checks)) if (!holds(value as never)) failed.push(name);
};
class Counter {
  add() {}
}

plugin({
  name: "k6",
  setup: (build) => {
    build.module("k6", () => ({ exports: { check }, loader: "object" }));
    build.module("k6/http", () => ({ exports: { default: http }, loader: "object" }));
    build.module("k6/metrics", () => ({ exports: { Counter }, loader: "object" }));
  },
});

const globals = globalThis as Record<string, unknown>;
const [, , path = ""] = process.argv;
const open = (file: string) => readFileSync(join(dirname(path), file), "utf8");
Object.assign(globals, { open, __ENV: process.env, __VU: 1, __ITER: 0 });
const script = await import(path);
const data = script.setup();
for (let n = 0; n < iterations; n++) {
  globals.__ITER = n;
  script.default(data);
}
for (const fault of failed) console.error(fault);
process.exit(failed.length === 0 && script.options.scenarios ? 0 : 1);
