import { readConfig } from "../process/config.ts";
import { settingEntries } from "../process/settings.ts";
import { type Output, tell } from "./output.ts";

type Env = Record<string, string | undefined>;

/** Shows every setting and where its value comes from. Throws the faults of the configuration, all at once. */
export function showConfig(env: Env, output: Output): void {
  readConfig(env);
  const rows = settingEntries.map(([name, setting]) => {
    const given = env[name] || undefined;
    const value =
      given === undefined ? (setting.default ?? null) : setting.secret ? withoutSecret(given) : given;
    return { name, value, source: given === undefined ? "default" : "environment", about: setting.about };
  });
  const lines = rows.map(
    ({ name, value, source }) => `${name.padEnd(29)}${(value ?? "-").padEnd(32)}${source}`,
  );
  tell(output, { settings: rows }, [...lines, "What each one does: booking serve --help"].join("\n"));
}

/** Of a URL, hides everything before its `@`; of anything else, everything. */
function withoutSecret(value: string): string {
  return value.includes("://") || value.startsWith("sqlite:") ? value.replace(/\/\/.*@/, "//…@") : "(hidden)";
}
