import { expect, test } from "bun:test";
import { join } from "node:path";
import { build } from "esbuild";
import { inEmptyFolder } from "../support/folder.ts";
import { run } from "../support/server.ts";

const node = Bun.which("node");

/** The core bundled for no runtime in particular: an import of anything that only one of them has fails. */
const bundle = (outfile: string, entry: object) =>
  build({
    ...entry,
    bundle: true,
    platform: "neutral",
    format: "esm",
    mainFields: ["module"],
    logLevel: "silent",
    outfile,
  });

test.skipIf(!node)("the core books under plain Node, through a store in memory", () =>
  inEmptyFolder(async (cwd) => {
    const file = join(cwd, "core.mjs");
    await bundle(file, { entryPoints: [join(import.meta.dir, "../support/neutral-core.ts")] });
    const { code, output } = await run([file], { command: [node ?? "node"], cwd });
    expect([code, output.trim()]).toEqual([0, expect.stringContaining("{")]);
    const { first, refused, again } = JSON.parse(output);
    expect([first, again]).toEqual(["confirmed", "confirmed"]);
    expect(refused.conflicts).toHaveLength(1);
    expect(refused.alternatives[0]).toEqual({
      startTime: "2027-06-01T11:00:00.000Z",
      endTime: "2027-06-01T12:00:00.000Z",
    });
  }),
);

test("a core that imports what only one runtime has can't be bundled (mutant)", () =>
  inEmptyFolder(async (cwd) => {
    const contents = 'import { readFileSync } from "node:fs"; console.log(readFileSync("x"));';
    const entry = { stdin: { contents, resolveDir: cwd } };
    await expect(bundle(join(cwd, "core.mjs"), entry)).rejects.toThrow(/node:fs/);
  }));
