import { transform } from "esbuild";
import { bundleWithInputs, type Input } from "./bundle-edge.ts";

/** Compressed. A worker that is larger takes longer to start, wherever it starts. */
const maxBytes = 300 * 1024;
const allowedImports = ["cloudflare:workers", "node:crypto"];
/** What only some runtimes have, with what to do instead. */
const refusedGlobals = {
  Bun: "use a port, or what the web has",
  Buffer: "use what the web has",
  process: "take a parameter",
};

/** What keeps one of our files from running at the edge, each in a sentence. */
export async function inputFaults({ path, imports }: Input, text: string): Promise<string[]> {
  const names = Object.entries(refusedGlobals);
  // Only a global is replaced: not a word in a text or a comment, nor a variable or a property of that name.
  const define = Object.fromEntries(names.map(([name]) => [name, `refused_${name}`]));
  const { code } = await transform(text, { loader: "ts", define });
  const used = names.filter(([name]) => code.includes(`refused_${name}`));
  return [
    ...used.map(([name, advice]) => `${path} names ${name}, and is in the worker of the edge: ${advice}.`),
    ...imports
      .filter((specifier) => !allowedImports.includes(specifier))
      .map((specifier) => `${path} imports ${specifier}, which the edge does not have.`),
  ];
}

/** What is wrong with the worker as a whole. */
export function bundleFaults(text: string): string[] {
  const found = text.match(/.{0,40}\bBun\..{0,40}/)?.[0];
  const size = Bun.gzipSync(text).byteLength;
  return [
    ...(found ? [`The worker of the edge contains Bun: …${found}…`] : []),
    ...(size > maxBytes
      ? [`The worker of the edge has ${size} bytes, compressed; it may have ${maxBytes}. See what is in it.`]
      : []),
  ];
}

/** Everything that is wrong with the worker that begins with `entry`. */
export async function edgeFaults(entry: string): Promise<string[]> {
  const { text, inputs } = await bundleWithInputs(entry);
  const own = inputs.filter(({ path }) => path.endsWith(".ts") && !path.startsWith("node_modules/"));
  const faults = await Promise.all(
    own.map(async (input) => inputFaults(input, await Bun.file(input.path).text())),
  );
  return [...faults.flat(), ...bundleFaults(text)];
}

if (import.meta.main) {
  const faults = await edgeFaults("src/edge/worker.ts").catch((error) => [String(error)]);
  for (const fault of faults) console.error(fault);
  process.exit(faults.length === 0 ? 0 : 1);
}
