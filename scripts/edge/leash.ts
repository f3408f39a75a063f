import { openSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BootError } from "../../src/process/boot-error.ts";

/** Has Miniflare start workerd in such a way that it ends with this process, even if that is killed. */
export function leashWorkerd(folder: string): void {
  const pipe = join(folder, "workerd.pipe");
  rmSync(pipe, { force: true });
  const { success, stderr } = Bun.spawnSync(["mkfifo", "-m", "600", pipe]);
  if (!success) throw new BootError(`The pipe ${pipe} can't be made: ${stderr.toString().trim()}`);
  // Never closed here: the operating system does it when the process ends. Opened for reading too, it does not wait.
  openSync(pipe, "r+");
  const resolve = createRequire(Bun.resolveSync("miniflare", import.meta.dir));
  process.env.WORKERD_PIPE = pipe;
  process.env.WORKERD = resolve("workerd").default;
  process.env.MINIFLARE_WORKERD_PATH = join(import.meta.dir, "workerd.sh");
}
