import { version } from "../process/version.ts";
import { type Output, tell } from "./output.ts";

export function printVersion(output: Output): void {
  const platform = `${process.platform}-${process.arch}`;
  tell(
    output,
    { version, bun: Bun.version, platform },
    `booking ${version} (Bun ${Bun.version}, ${platform})`,
  );
}
