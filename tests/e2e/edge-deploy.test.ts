import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleFaults } from "../../scripts/check-edge.ts";
import { pathOf, readWrangler, workerOptions } from "../../scripts/edge/wrangler.ts";
import { run } from "../support/server.ts";

const root = join(import.meta.dir, "../..");
const waitMs = 180_000;
const page = readFileSync(join(root, "docs/edge.md"), "utf8");
const [, section = ""] = page.split(/^## Deploy it$/m);
const [build = "", secrets = "", signIn = "", register = ""] = [
  ...section.matchAll(/^```sh\n([\s\S]*?)^```/gm),
].map(([, block = ""]) => block);

/** Stands in for `npx wrangler`: keeps the secrets that it is given, and answers where wrangler would ask. */
const npx = `#!/bin/sh
set -eu
test -f wrangler.jsonc
echo "$*" >> "$CALLS"
test "$2" = secret || exit 0
case "$4" in
  ADMIN_EMAIL) value=admin@example.com ;;
  ADMIN_PASSWORD) value=password123 ;;
  *) value=$(cat) ;;
esac
printf %s "$value" > "$SECRETS/$4"
`;

const folder = mkdtempSync(join(tmpdir(), "booking-deploy-"));
const config = await readWrangler();
let miniflare: Miniflare;
let port = "";

/** Runs a block from the root of the repository. Whatever host it names is the worker on this machine. */
async function follow(block: string, env: Record<string, string> = {}) {
  const script = `set -eu\n${block.replaceAll("https://", "http://").replaceAll("curl ", "curl -s -w '\\n' ")}`;
  writeFileSync(join(folder, ".curlrc"), `connect-to = "::127.0.0.1:${port}"\n`);
  const { code, output } = await run(["-c", script], {
    command: ["bash"],
    cwd: root,
    env: {
      PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:${process.env.PATH}`,
      CURL_HOME: folder,
      CALLS: join(folder, "calls"),
      SECRETS: join(folder, "secrets"),
      ...env,
    },
  });
  expect([code, output]).toEqual([0, expect.any(String)]);
  return output;
}

beforeAll(async () => {
  for (const name of ["bin", "secrets"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "bin/npx"), npx);
  chmodSync(join(folder, "bin/npx"), 0o755);
}, waitMs);

afterAll(async () => {
  await miniflare?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test(
  "the build of docs/edge.md is one file below the limit, with its assets, where wrangler.jsonc looks for them",
  async () => {
    const output = await follow(`${build}\n${secrets}`);
    expect(output).toMatch(/^dist\/edge\/worker\.js \(\d+ KB compressed\)$/m);
    const text = readFileSync(pathOf(config.main), "utf8");
    expect(bundleFaults(text)).toEqual([]);
    const imported = new Bun.Transpiler({ loader: "js" }).scanImports(text).map(({ path }) => path);
    expect([...new Set(imported)].sort()).toEqual(["cloudflare:workers", "node:crypto"]);
    const assets = readdirSync(join(pathOf(config.assets.directory), "api")).sort();
    expect(assets).toEqual(["swagger-ui-bundle.js", "swagger-ui.css"]);
    const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
    expect(calls.at(0)).toBe("wrangler login");
    expect(calls.at(-1)).toBe("wrangler deploy");
  },
  waitMs,
);

test(
  "what is deployed answers with exactly these bindings and secrets: it hashes, registers hosts, shows its assets",
  async () => {
    const names = readdirSync(join(folder, "secrets"));
    for (const name of config.secrets.required) expect(names).toContain(name);
    const given = names.map((name) => [name, readFileSync(join(folder, "secrets", name), "utf8")]);
    const PLATFORM_KEY = "0".repeat(64);
    const hosts = `${config.vars.BOOKING_HOSTS},*.example.com`;
    miniflare = new Miniflare({
      ...workerOptions(config, {
        script: readFileSync(pathOf(config.main), "utf8"),
        scriptPath: "dist/edge/worker.js",
        bindings: {
          ...config.vars,
          ...Object.fromEntries(given),
          BOOKING_HOSTS: hosts,
          PLATFORM_KEY,
          LOG_LEVEL: "warn",
        },
      }),
      cf: false,
    });
    port = (await miniflare.ready).port;
    const signedIn = await follow(signIn.replace("…", "password123"));
    expect(signedIn).toContain('"status":"ok"');
    expect(signedIn).toContain('"role":"admin"');
    expect(await follow(register, { PLATFORM_KEY })).toContain('{"name":"berlin.example.com"}');
    const elsewhere = await follow(
      "curl https://berlin.example.com/health; curl https://rome.example.com/health",
    );
    expect(elsewhere).toMatch(/"status":"ok"[\s\S]*"status":404/);
    const styles = await follow("curl https://booking.example.com/api/swagger-ui.css");
    expect(styles).toContain(".swagger-ui");
  },
  waitMs,
);
