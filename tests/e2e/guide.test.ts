import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inEmptyFolder } from "../support/folder.ts";
import { run, startServer, stopServer } from "../support/server.ts";

const root = join(import.meta.dir, "../..");

/** The shell blocks of a page, in order, as one script that shows each answer's status and body. */
function scriptOf(page: string, url: string): string {
  const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] ?? "",
  );
  return blocks.join("\n").replaceAll("http://localhost:5000", url);
}

/** Statuses of the refusals that a page shows on purpose. */
function refusals(output: string): number[] {
  return [...output.matchAll(/"status":(\d{3})/g)].map((match) => Number(match[1]));
}

test(
  "every line of the guide does what it says",
  () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      writeFileSync(join(cwd, "guide.sh"), `set -eu\n${scriptOf("docs/guide.md", server.url)}`);
      const { code, output } = await run(["guide.sh"], { command: ["bash"], cwd });
      await stopServer(server);
      expect(refusals(output)).toEqual([412, 409]);
      expect([...output.matchAll(/"title":"Interview"/g)]).toHaveLength(4);
      for (const told of [
        "Just right",
        "booking.rescheduled",
        '"totalPages":',
        '"quantity":3',
        "Check-up",
        '"expiresIn":900',
      ]) {
        expect(output).toContain(told);
      }
      expect(code).toBe(0);
    }),
  30_000,
);

test("the README's tour works as it stands", () =>
  inEmptyFolder(async (cwd) => {
    const server = await startServer({ cwd });
    const script = scriptOf("README.md", server.url);
    const tour = script.slice(script.indexOf("curl "), script.indexOf("createdb"));
    writeFileSync(join(cwd, "tour.sh"), `set -eu\n${tour}`);
    const { code, output } = await run(["tour.sh"], { command: ["bash"], cwd });
    await stopServer(server);
    expect([code, refusals(output)]).toEqual([0, []]);
    expect(output).toContain('"title":"Design review"');
  }));

test("every attack of SECURITY.md is answered as it says", () =>
  inEmptyFolder(async (cwd) => {
    const server = await startServer({ cwd, env: { RATE_LIMIT_SCALE: "1" } });
    const script = scriptOf("SECURITY.md", server.url);
    writeFileSync(join(cwd, "attacks.sh"), `set -u\n${script}`);
    const { code, output } = await run(["attacks.sh"], { command: ["bash"], cwd });
    await stopServer(server);
    const expected = [...script.matchAll(/# (\d{3})$/gm)].map((match) => match[1]);
    expect([code, output.trim().split("\n")]).toEqual([0, expected as string[]]);
    expect(expected.length).toBeGreaterThan(20);
  }));
