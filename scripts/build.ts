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

/**
 * `bun run build`: the whole program as one file, `dist/booking`, for this machine. `bun run build --all`: one for each
 * platform (`dist/booking-linux-x64`, `dist/booking-linux-arm64`), with `dist/SHA256SUMS`. For another platform than
 * this one bun fetches its runtime once.
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

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== "--all");
if (unknown !== undefined) {
  console.error(`Unknown argument ${unknown}. Usage: bun run build [--all]`);
  process.exit(2);
}
mkdirSync(dist, { recursive: true });
if (args.length === 0) await build(join(dist, "booking"));
else {
  const files = platforms.map((platform) => join(dist, `booking-${platform}`));
  for (const [n, file] of files.entries()) await build(file, platforms[n]);
  const sums = files.map((file) => {
    const sum = new Bun.CryptoHasher("sha256").update(readFileSync(file)).digest("hex");
    return `${sum}  ${basename(file)}\n`;
  });
  writeFileSync(join(dist, "SHA256SUMS"), sums.join(""));
  console.log(join(dist, "SHA256SUMS"));
}
