/** `bun run check`: every check of the code that needs no database. */
const checks = {
  "format and lint": ["biome", "check", "--error-on-warnings", "."],
  types: ["typescript-7/bin/tsc", "--project", "."],
  "import boundaries": ["bun", "scripts/check-imports.ts"],
  "the edge runs on any runtime": ["bun", "scripts/check-edge.ts"],
  "operations authorize": ["bun", "scripts/check-operations.ts"],
  "schema in step": ["bun", "scripts/check-schema.ts"],
  "generated files up to date": ["bun", "scripts/openapi.ts", "--check"],
  "k6 scripts in step": ["bun", "scripts/check-k6.ts"],
  "lockfile names no host": ["bun", "scripts/check-lockfile.ts"],
  "unused code": ["knip"],
};
/** By tools that are no packages, where they are installed. */
const checksBeside = {
  "terraform layout": ["terraform", "fmt", "-check", "-recursive", "deploy/terraform"],
  "kustomize builds": ["kubectl", "kustomize", "deploy/kubernetes/production"],
};

/** Of the packages here, by this bun. */
function commandOf([name = "", ...args]: string[]): string[] {
  if (name === "bun") return [process.execPath, ...args];
  const folder = name.includes("/") ? "node_modules" : "node_modules/.bin";
  return [process.execPath, "--bun", `./${folder}/${name}`, ...args];
}

const commands = Object.entries(checks).map(([name, command]) => ({ name, command: commandOf(command) }));
for (const [name, command] of Object.entries(checksBeside))
  if (Bun.which(command[0] ?? "")) commands.push({ name, command });

const results = await Promise.all(
  commands.map(async ({ name, command }) => {
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { name, passed: code === 0, printed: `${out}${err}`.trim() };
  }),
);

for (const { name, passed, printed } of results)
  console.log(passed ? `ok      ${name}` : `FAILED  ${name}\n${printed}`);
process.exit(results.every((result) => result.passed) ? 0 : 1);
