import { checkDatabase } from "../doctor/check-database.ts";
import { checkDisk, checkPort } from "../doctor/check-machine.ts";
import { checkMail } from "../doctor/check-mail.ts";
import { checkRedis } from "../doctor/check-redis.ts";
import { type Finding, fault, ok } from "../doctor/finding.ts";
import { systemClock } from "../ports/clock.ts";
import { BootError } from "../process/boot-error.ts";
import { type Config, configFaults, readUsableConfig } from "../process/config.ts";
import { type Output, print } from "./output.ts";

type Env = Record<string, string | undefined>;

/**
 * Checks everything that the service needs, and changes nothing. Exits with 1 if there is a fault, with 0 if there are
 * only warnings.
 */
export async function doctor(env: Env, output: Output): Promise<void> {
  const configuration = checkConfiguration(env);
  const checked = await Promise.all(checks(readUsableConfig(env)));
  const findings = [...configuration, ...checked.flat()];
  const faults = findings.filter(({ status }) => status === "fault").length;
  const warnings = findings.filter(({ status }) => status === "warning").length;
  const summary = `${count(faults, "fault")}, ${count(warnings, "warning")}.`;
  print(output, { faults, warnings, findings }, [...findings.map(line), summary].join("\n"));
  if (faults > 0) throw new BootError(output.json ? "" : "Fix the faults, then run the command again.");
}

function checks(config: Config): (Promise<Finding[]> | Finding[])[] {
  const { database, redisUrl, smtp, host, port, jobPort } = config;
  const databaseUrl = database.url;
  return [
    checkDatabase(config, systemClock),
    database.kind === "sqlite" ? checkDisk(database.url.slice("sqlite:".length)) : [],
    redisUrl ? checkRedis(redisUrl, systemClock) : [],
    smtp ? checkMail(smtp.url).then((finding) => [finding]) : [],
    checkPort({ variable: "PORT", host, port, databaseUrl }).then((finding) => [finding]),
    redisUrl
      ? checkPort({ variable: "JOB_PORT", host, port: jobPort, databaseUrl }).then((finding) => [finding])
      : [],
  ];
}

function checkConfiguration(env: Env): Finding[] {
  const faults = configFaults(env);
  if (faults.length === 0) return [ok("configuration", "Every variable is valid.")];
  return faults.map((text) => {
    const [name = "", expected = ""] = text.split(/: (.*)/s);
    return fault(
      "configuration",
      `${name} is not valid.`,
      `${sentence(expected)} See \`booking serve --help\`.`,
    );
  });
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const marks = { ok: "ok     ", warning: "WARNING", fault: "FAULT  " };

function line(finding: Finding): string {
  const line = `${marks[finding.status]}  ${finding.check}: ${finding.detail}`;
  return finding.status === "ok" ? line : `${line}\n         ${finding.remedy}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
