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

/**
 * The text of a worker in one file, from its entry point; WebAssembly is in it as base64, and is compiled while the
 * worker starts. Throws what is wrong with the sources.
 */
export async function bundleEdge(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
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
  return file.text;
}
