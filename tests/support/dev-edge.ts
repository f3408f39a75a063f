import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { launch, ready, type Server } from "./server.ts";

const root = join(import.meta.dir, "../..");
const path = `${dirname(process.execPath)}:${process.env.PATH}`;

/** In a folder of its own, `bun run dev:edge` is the script of this repository, and keeps its data in that folder. */
export function offerDevEdge(cwd: string): void {
  const command = packageJson.scripts["dev:edge"].replace("scripts/", `${root}/scripts/`);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ scripts: { "dev:edge": command } }));
}

/** Runs lines of a shell in such a folder: by default, those that start the edge. */
export function launchDevEdge(cwd: string, env: Record<string, string> = {}, lines = "bun run dev:edge") {
  offerDevEdge(cwd);
  // A signal is for bun, not for the shell.
  const script = lines.replace(/^bun run dev:edge$/m, "exec bun run dev:edge");
  return launch(["-euc", script], { command: ["bash"], cwd, env: { PATH: path, LOG_LEVEL: "warn", ...env } });
}

/** The same, once it answers. */
export async function startDevEdge(...given: Parameters<typeof launchDevEdge>): Promise<Server> {
  return ready(launchDevEdge(...given));
}
