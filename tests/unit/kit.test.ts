import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, variableNames } from "../../src/process/config.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { scripts, devDependencies } = JSON.parse(read("package.json"));
const bunVersion = devDependencies["bun-types"];

/** The scripts of package.json that a text runs. */
const scriptsIn = (text: string) => [...text.matchAll(/bun run ([a-z][a-z:0-9-]*)/g)].map(([, name]) => name);

describe("the workflows", () => {
  type Step = { uses?: string; run?: string; with?: Record<string, unknown> };
  type Workflow = { name: string; permissions: object; jobs: Record<string, { steps: Step[] } & object> };
  const folder = ".github/workflows";
  const all = readdirSync(join(root, folder)).map((file): [string, Workflow] => [
    file,
    Bun.YAML.parse(read(`${folder}/${file}`)) as Workflow,
  ]);

  test.each(all)("%s has jobs that end, with the least rights", (_, { permissions, jobs }) => {
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs)) {
      expect(job).toMatchObject({ "runs-on": expect.any(String), "timeout-minutes": expect.any(Number) });
      for (const { uses, run } of job.steps) {
        expect(Boolean(uses) !== Boolean(run)).toBe(true);
        if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
      }
    }
  });

  test.each(all)("%s runs what there is, with the Bun of this project", (_, { jobs }) => {
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    for (const { uses, run = "", with: given } of steps) {
      for (const name of scriptsIn(run)) expect(Object.keys(scripts)).toContain(name as string);
      for (const [path] of run.matchAll(/\.ci\/\w+/g)) expect(existsSync(join(root, path))).toBe(true);
      if (uses?.startsWith("oven-sh/setup-bun")) expect(given?.["bun-version"]).toBe(bunVersion);
    }
  });

  test("between them test, build binaries with checksums and a bill of materials, and build the image", () => {
    const text = all.map(([file]) => read(`${folder}/${file}`)).join("\n");
    for (const part of [".ci/run", "bun run build --all", "SHA256SUMS", "sbom-action", "build-push-action"])
      expect(text).toContain(part);
    const { jobs } = Object.fromEntries(all)["release.yaml"] as Workflow;
    const image = jobs.image?.steps.find(({ uses }) => uses?.startsWith("docker/build-push-action"));
    expect(read("Dockerfile")).toContain(` AS ${image?.with?.target}`);
  });
});

describe("the editor's files", () => {
  const parse = (path: string) => JSON.parse(read(path));

  test("launch programs with commands that there are", () => {
    const { configurations, compounds } = parse(".vscode/launch.json");
    const main = read("src/main.ts");
    for (const { program, args = [], env = {} } of configurations) {
      if (!program) continue;
      const path = program.replace("${" + "workspaceFolder}/", "");
      expect(existsSync(join(root, path))).toBe(true);
      if (path === "src/main.ts") expect(main).toContain(`.command("${args[0]}")`);
      for (const name of Object.keys(env)) expect(variableNames).toContain(name);
    }
    const names = configurations.map(({ name }: { name: string }) => name);
    for (const compound of compounds)
      for (const name of compound.configurations) expect(names).toContain(name);
  });

  test("run tasks that there are", () => {
    const { tasks } = parse(".vscode/tasks.json") as { tasks: { command: string }[] };
    for (const { command } of tasks)
      for (const name of scriptsIn(command)) expect(Object.keys(scripts)).toContain(name as string);
    expect(tasks.every(({ command }) => scriptsIn(command).length === 1)).toBe(true);
  });

  test("open a container with the Bun and the ports of this project", () => {
    const { forwardPorts, build } = parse(".devcontainer/devcontainer.json");
    const { port, jobPort } = readConfig({});
    expect(forwardPorts).toEqual([port, jobPort]);
    const dockerfile = read(`.devcontainer/${build.dockerfile}`);
    expect(dockerfile).toContain(`FROM oven/bun:${bunVersion}-debian`);
    // What CI installs for its tests is there too.
    const installed = [...read(".ci/run").matchAll(/missing\+=\(([\w-]+)\)/g)].map(
      ([, name]) => name as string,
    );
    expect(installed.length).toBeGreaterThan(4);
    for (const name of installed) expect(dockerfile).toContain(` ${name} `);
  });
});

describe("the terraform example", () => {
  const files = readdirSync(join(root, "deploy/terraform")).filter((file) => file.endsWith(".tf"));
  const text = files.map((file) => read(`deploy/terraform/${file}`)).join("\n");

  test("gives the program variables that it reads, and all that production needs", () => {
    const named = [...text.matchAll(/^ {4}([A-Z][A-Z_]+) += /gm)].map(([, name]) => name as string);
    for (const name of named) expect(variableNames).toContain(name);
    const needed = [
      "DATABASE_URL",
      "REDIS_URL",
      "JWT_SECRET_KEY",
      "REFRESH_JWT_SECRET_KEY",
      "NODE_ENV",
      "HOST",
    ];
    const mail = ["CORS_ORIGINS", "SMTP_URL", "MAIL_FROM", "PUBLIC_URL"];
    expect(named).toEqual(expect.arrayContaining([...needed, ...mail, "ADMIN_EMAIL", "ADMIN_PASSWORD"]));
    // RDS refuses connections without TLS.
    expect(text).toMatch(/DATABASE_URL += ".*\?sslmode=require"/);
  });

  test("names variables, resources and ports that there are", () => {
    const declared = [...text.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name as string);
    const used = new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name as string));
    expect([...used].sort()).toEqual(declared.sort());
    const resources = [...text.matchAll(/^(?:resource|data) "(\w+)" "(\w+)"/gm)].map(
      ([, a, b]) => `${a}.${b}`,
    );
    for (const [, type, name] of text.matchAll(/(?<!")\b((?:aws|random)_\w+)\.(\w+)/g))
      expect(resources).toContain(`${type}.${name}`);
    const { port, jobPort } = readConfig({});
    expect(text).toContain(`command = "serve", port = ${port},`);
    expect(text).toContain(`command = "worker", port = ${jobPort},`);
  });
});
