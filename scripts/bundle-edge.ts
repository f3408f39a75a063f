import { build, type Plugin } from "esbuild";

/** What the runtime itself brings. Anything else in the worker has to be in its file. */
const external = ["cloudflare:workers", "node:crypto"];

/** Code that is never used there: the messages of zod in other languages, and the other engine's schema. */
const unused: Plugin = {
  name: "unused",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$|\/migrations\/postgres\/.*\.sql$/ }, ({ path }) => ({
      contents: "",
      loader: path.endsWith(".sql") ? "text" : "js",
    }));
  },
};

/** A file that went into a bundle, with what it imports from outside of it. Paths begin in the working folder. */
export type Input = { path: string; imports: string[] };

/**
 * The text of a worker in one file, from its entry point; WebAssembly is in it as base64, and is compiled while the
 * worker starts. Throws what is wrong with the sources.
 */
export async function bundleEdge(entry: string): Promise<string> {
  return (await bundleWithInputs(entry)).text;
}

/** The same, with every file that is in it. */
export async function bundleWithInputs(entry: string): Promise<{ text: string; inputs: Input[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external,
    plugins: [unused],
    loader: { ".wasm": "base64", ".sql": "text" },
    // Not the identifiers: the log names classes and functions.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (!file) throw new Error("The worker could not be bundled.");
  const inputs = Object.entries(metafile.inputs).map(([path, { imports }]) => ({
    path,
    imports: imports.filter((one) => one.external).map((one) => one.path),
  }));
  return { text: file.text, inputs };
}
