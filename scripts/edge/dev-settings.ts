import { readFileSync } from "node:fs";
import { localHosts } from "../../src/edge/hosts.ts";
import { type EdgeConfig, edgeVariables, readEdgeConfig } from "../../src/edge/settings.ts";
import { port } from "../../src/process/config.ts";
import { firstAdminFile } from "../../src/process/first-admin.ts";
import { type Env, parseVariables } from "../../src/process/variables.ts";

/** Where everything is that `bun run dev:edge` keeps. */
export const dataFolder = "data/edge";

export type DevSettings = {
  port: number;
  config: EdgeConfig;
  /** What the worker gets: every setting of the edge that is set. */
  bindings: Record<string, string>;
};

/** The settings of the edge as the environment has them, with what is different on this machine; and every fault. */
export function readDevSettings(
  env: Env,
  { isFirstRun }: { isFirstRun: boolean },
): DevSettings & { faults: string[] } {
  const own = parseVariables({ PORT: port(5000) }, env);
  const names = Object.keys(edgeVariables);
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] => names.includes(entry[0]) && !!entry[1],
  );
  const bindings: Record<string, string> = {
    NODE_ENV: "development",
    // The object would keep the first address that it is reached at, and the next run may have another port.
    ...(own.found.PORT > 0 ? { PUBLIC_URL: `http://localhost:${own.found.PORT}` } : {}),
    ...Object.fromEntries(given),
  };
  bindings.BOOKING_HOSTS = [bindings.BOOKING_HOSTS, ...localHosts].filter(Boolean).join(",");
  const { config, faults } = readEdgeConfig(bindings);
  const { email, password } = config.admin;
  const hasNoAdmin = isFirstRun && config.production && !(email && password);
  return {
    port: own.found.PORT,
    config,
    bindings,
    faults: [
      ...own.faults,
      ...faults,
      ...(hasNoAdmin && faults.length === 0
        ? ["ADMIN_EMAIL, ADMIN_PASSWORD: production needs both for the first admin."]
        : []),
    ],
  };
}

/**
 * The first admin of every installation that has none yet. Without a password in the environment, the first run writes
 * one to a file, as `bun start` does. The file stays, because the next host name may need it.
 */
export function firstAdmin(
  { production, admin }: EdgeConfig,
  { isFirstRun }: { isFirstRun: boolean },
): { email: string; password?: string; path?: string } {
  const url = `sqlite:${dataFolder}/booking.db`;
  const { email, exists, draft, path } = firstAdminFile({ admin, database: { kind: "sqlite", url } });
  if (admin.password) return { email, password: admin.password };
  if (isFirstRun && !production && !exists()) draft(crypto.randomUUID()).keep();
  return exists() ? { email, password: readFileSync(path, "utf8").trim(), path } : { email };
}
