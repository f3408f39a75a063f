import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFaults, edgeFaults, inputFaults } from "../../scripts/check-edge.ts";
import { inEmptyFolder } from "../support/folder.ts";

const faultsOf = (text: string, imports: string[] = []) => inputFaults({ path: "src/x.ts", imports }, text);

test.each([
  ["Bun", 'export const file = Bun.file("x");'],
  ["Buffer", 'export const bytes: Uint8Array = Buffer.from("x");'],
  ["process", "export const isProduction = process.env.NODE_ENV === 'production';"],
])("a file of the edge that names %s is refused", async (name, text) => {
  expect(await faultsOf(text)).toEqual([expect.stringContaining(`src/x.ts names ${name},`)]);
});

test("a file of the edge that imports what only one runtime has is refused, and node:crypto is not", async () => {
  const faults = await faultsOf("", ["node:fs", "bun:sqlite", "node:crypto", "cloudflare:workers"]);
  expect(faults).toEqual([
    expect.stringContaining("src/x.ts imports node:fs,"),
    expect.stringContaining("src/x.ts imports bun:sqlite,"),
  ]);
});

test("words that only look like a runtime's globals are let through", async () => {
  const text = `
    // Bun.file would not do here, nor process.env.
    export const text = "Bun. Buffer. process.";
    export const nested = { process: 1, Buffer: 2 };
    export const read = (process: { env: string }) => process.env + nested.Buffer;`;
  expect(await faultsOf(text)).toEqual([]);
});

test("a worker that contains Bun, or is larger than 300 KB compressed, is refused", () => {
  expect(bundleFaults("const x=1;")).toEqual([]);
  expect(bundleFaults("const x=Bun.gzipSync(y);")).toEqual([expect.stringContaining("contains Bun")]);
  const noise = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
  const almost = Array.from({ length: 5 }, () => noise(50_000)).join("");
  expect(bundleFaults(almost)).toEqual([]);
  expect(bundleFaults(almost + noise(60_000))).toEqual([
    expect.stringContaining("compressed; it may have 307200"),
  ]);
});

test("every file that goes into the worker is looked at, however it gets there", () =>
  inEmptyFolder(async (cwd) => {
    writeFileSync(join(cwd, "worker.ts"), 'export { read } from "./far-away.ts";');
    writeFileSync(join(cwd, "far-away.ts"), "export const read = () => Bun.env.HOME;");
    const faults = await edgeFaults(join(cwd, "worker.ts"));
    expect(faults).toEqual([
      expect.stringMatching(/far-away\.ts names Bun,/),
      expect.stringContaining("contains Bun"),
    ]);
    writeFileSync(join(cwd, "far-away.ts"), 'export { readFileSync as read } from "node:fs";');
    await expect(edgeFaults(join(cwd, "worker.ts"))).rejects.toThrow(/far-away\.ts.*node:fs/);
  }));
