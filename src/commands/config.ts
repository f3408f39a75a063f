import type { Config } from "../process/config.ts";
import { configFaults, faulty, readUsableConfig } from "../process/config.ts";
import { defaultAdminEmail } from "../process/first-admin.ts";
import { type SettingName, settingEntries } from "../process/settings.ts";
import { type Output, print } from "./output.ts";

type Env = Record<string, string | undefined>;

/** Shows the effective value of every setting and where it comes from; then throws the faults, all at once. */
export function showConfig(env: Env, output: Output): void {
  const faults = configFaults(env);
  const implied = impliedValues(readUsableConfig(env));
  const rows = settingEntries.map(([name, setting]) => {
    const given = env[name] || undefined;
    const unset = implied[name] ?? setting.default ?? null;
    const value = given === undefined ? unset : setting.secret ? withoutSecret(given) : given;
    const isFaulty = faults.some((fault) => fault.startsWith(`${name}:`));
    const source = given === undefined ? "default" : "environment";
    return { name, value, source, ...(isFaulty ? { isFaulty } : {}), about: setting.about };
  });
  const lines = rows.map(
    ({ name, value, source, isFaulty }) =>
      `${name.padEnd(29)}${(value ?? "-").padEnd(32)} ${source}${isFaulty ? ", not valid" : ""}`,
  );
  print(
    output,
    { settings: rows, faults },
    [...lines, "What each one does: booking serve --help"].join("\n"),
  );
  if (faults.length > 0) throw faulty(faults);
}

/** The values of unset variables that depend on others, or that are generated. */
function impliedValues({ host, production, smtp }: Config): Partial<Record<SettingName, string>> {
  const generated = "(generated)";
  return {
    HOST: host,
    ...(smtp ? { MAIL_FROM: smtp.from, PUBLIC_URL: smtp.publicUrl } : {}),
    ...(production
      ? {}
      : {
          JWT_SECRET_KEY: generated,
          REFRESH_JWT_SECRET_KEY: generated,
          ADMIN_EMAIL: defaultAdminEmail,
          ADMIN_PASSWORD: generated,
        }),
  };
}

/** Of a URL, hides everything before its `@`; of anything else, everything. */
function withoutSecret(value: string): string {
  return value.includes("://") || value.startsWith("sqlite:") ? value.replace(/\/\/.*@/, "//…@") : "(hidden)";
}
