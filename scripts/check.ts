/** `bun run check`: everything that can be said about the code without running it against a database. */
const checks = {
  "format and lint": ["biome", "check", "--error-on-warnings", "."],
  types: ["typescript-7/bin/tsc", "--project", "."],
  "import boundaries": ["bun", "scripts/check-imports.ts"],
  "schema in step": ["bun", "scripts/check-schema.ts"],
  "generated files up to date": ["bun", "scripts/openapi.ts", "--check"],
  "k6 scripts in step": ["bun", "scripts/check-k6.ts"],
  "lockfile names no host": ["bun", "scripts/check-lockfile.ts"],
  "unused code": ["knip"],
};

const results = await Promise.all(
  Object.entries(checks).map(async ([name, [command = "", ...args]]) => {
    const folder = command.includes("/") ? "node_modules" : "node_modules/.bin";
    const binary = command === "bun" ? process.execPath : `./${folder}/${command}`;
    const child = Bun.spawn(
      [process.execPath, ...(binary === process.execPath ? args : ["--bun", binary, ...args])],
      {
        stdout: "pipe",
        stderr: "pipe",
      },
    );
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
