import { join } from "node:path";
import type { WorkerOptions } from "miniflare";

/** What is used of `deploy/edge/wrangler.jsonc`; paths begin in its folder. */
export type WranglerConfig = {
  name: string;
  main: string;
  compatibility_date: string;
  compatibility_flags: string[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  migrations: { tag: string; new_sqlite_classes: string[] }[];
  services: { binding: string; service: string; entrypoint: string }[];
  assets: { directory: string; binding: string; run_worker_first: boolean };
  vars: Record<string, string>;
  secrets: { required: string[] };
};

const folder = join(import.meta.dir, "../../deploy/edge");

export async function readWrangler(): Promise<WranglerConfig> {
  return Bun.JSONC.parse(await Bun.file(join(folder, "wrangler.jsonc")).text()) as WranglerConfig;
}

/** Where a path of the file leads. */
export function pathOf(path: string): string {
  return join(folder, path);
}

/**
 * The worker as that file binds it, for Miniflare: what runs on this machine is what is deployed. Instead of the vars it
 * gets `bindings`.
 */
export function workerOptions(
  config: WranglerConfig,
  { script, scriptPath, bindings }: { script: string; scriptPath: string; bindings: Record<string, string> },
): WorkerOptions {
  const sqlite = config.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes);
  const objects = config.durable_objects.bindings.map(({ name, class_name: className }) => [
    name,
    { className, useSQLite: sqlite.includes(className) },
  ]);
  const services = config.services.map(({ binding, service: name, entrypoint }) => [
    binding,
    { name, entrypoint },
  ]);
  return {
    name: config.name,
    modules: true,
    script,
    scriptPath,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(objects),
    serviceBindings: Object.fromEntries(services),
    assets: {
      directory: pathOf(config.assets.directory),
      binding: config.assets.binding,
      routerConfig: {
        has_user_worker: true,
        invoke_user_worker_ahead_of_assets: config.assets.run_worker_first,
      },
    },
    bindings,
  };
}
