import { version } from "../process/version.ts";
import { type Output, print } from "./output.ts";

export function printVersion(output: Output): void {
  const platform = `${process.platform}-${process.arch}`;
  print(
    output,
    { version, bun: Bun.version, platform },
    `booking ${version} (Bun ${Bun.version}, ${platform})`,
  );
}
