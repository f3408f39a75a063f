import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { bundleEdge } from "./bundle-edge.ts";
import { writeAssets } from "./edge/assets.ts";

/**
 * `bun run build`: the whole program as one file, `dist/booking`, for this machine. `bun run build --all`: one for each
 * platform (`dist/booking-linux-x64`, `dist/booking-linux-arm64`), with `dist/SHA256SUMS`. For another platform than
 * this one bun fetches its runtime once. `bun run build --edge`: the worker that `deploy/edge/wrangler.jsonc` names,
 * `dist/edge/worker.js`, with its static files.
 */
const platforms = ["linux-x64", "linux-arm64"];
const dist = "dist";

async function build(outfile: string, target?: string): Promise<void> {
  // Source maps are inside too; delete the copies that bun leaves next to the binary.
  const folder = mkdtempSync(join(tmpdir(), "booking-build-"));
  const made = join(folder, "booking");
  const child = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      // Not the identifiers: the log names classes and functions.
      "--minify-whitespace",
      "--minify-syntax",
      "--sourcemap=inline",
      "--bytecode",
      "--format=esm",
      "--splitting",
      // A bunfig.toml in the start folder belongs to another program.
      "--no-compile-autoload-bunfig",
      ...(target ? [`--target=bun-${target}`] : []),
      "src/main.ts",
      "--asset",
      "./node_modules/@bull-board/ui/dist",
      "--outfile",
      made,
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  const [fault, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(fault);
  // The old binary may be running, and then it can't be overwritten, but it can be replaced.
  copyFileSync(made, `${outfile}.new`);
  renameSync(`${outfile}.new`, outfile);
  rmSync(folder, { recursive: true });
  console.log(outfile);
}

async function buildAll(): Promise<void> {
  const files = platforms.map((platform) => join(dist, `booking-${platform}`));
  for (const [n, file] of files.entries()) await build(file, platforms[n]);
  const sums = files.map((file) => {
    const sum = new Bun.CryptoHasher("sha256").update(readFileSync(file)).digest("hex");
    return `${sum}  ${basename(file)}\n`;
  });
  writeFileSync(join(dist, "SHA256SUMS"), sums.join(""));
  console.log(join(dist, "SHA256SUMS"));
}

async function buildEdge(): Promise<void> {
  const text = await bundleEdge("src/edge/worker.ts");
  const assets = writeAssets(join(dist, "edge/assets"));
  const worker = join(dist, "edge/worker.js");
  writeFileSync(worker, text);
  const kilobytes = Math.ceil(Bun.gzipSync(text).byteLength / 1024);
  console.log([`${worker} (${kilobytes} KB compressed)`, ...assets].join("\n"));
}

const ways: Record<string, () => Promise<void>> = {
  "": () => build(join(dist, "booking")),
  "--all": buildAll,
  "--edge": buildEdge,
};

const args = process.argv.slice(2);
const way = ways[args.join(" ")];
if (!way) {
  console.error(`Unknown arguments ${args.join(" ")}. Usage: bun run build [--all | --edge]`);
  process.exit(2);
}
mkdirSync(dist, { recursive: true });
await way();
