import { z } from "zod";
import {
  type CommonConfig,
  commonConfig,
  commonVariables,
  type Env,
  parseVariables,
  secretFaults,
  type Variable,
} from "../process/variables.ts";
import { isHostPattern } from "./hosts.ts";

const hosts = z
  .string()
  .default("")
  .transform((list) =>
    list
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
  )
  .refine((list) => list.every(isHostPattern));

/** Every variable and secret that is read at the edge. */
export const edgeVariables = {
  ...commonVariables,
  NODE_ENV: [
    z.enum(["development", "test", "production"]).default("production"),
    "development, test or production",
  ],
  BOOKING_HOSTS: [hosts, "host names separated by commas, like booking.example.com or *.example.com"],
  MAIL_API_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    "where mails are posted, like https://api.resend.com/emails; or leave it unset",
  ],
  MAIL_API_KEY: [
    z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional(),
    "the key of the mail service",
  ],
} as const satisfies Record<string, Variable>;

export type EdgeConfig = CommonConfig & {
  production: boolean;
  /** Undefined: links in mails begin with the host that the object was first reached at. */
  publicUrl: string | undefined;
  /** Undefined: no mail is sent. */
  mail: { url: string; key: string; from: string } | undefined;
  platformKey: string | undefined;
  /** Exact names, and suffixes like `*.example.com`. */
  hosts: string[];
};

/** Why an installation is not served; its messages are for the log. */
export class ConfigFault extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join(" "));
  }
}

/** The settings of an object, and every fault, each in a sentence. */
export function readEdgeConfig(env: Record<string, unknown>): { config: EdgeConfig; faults: string[] } {
  const { found, faults } = parseVariables(edgeVariables, textsOf(env));
  if (found.NODE_ENV === "production") faults.push(...secretFaults(found, faults));
  if (found.MAIL_API_URL && !(found.MAIL_API_KEY && found.MAIL_FROM))
    faults.push("MAIL_API_KEY, MAIL_FROM: mail needs both.");
  const { MAIL_API_URL: url, MAIL_API_KEY: key, MAIL_FROM: from } = found;
  const config: EdgeConfig = {
    ...commonConfig(found),
    production: found.NODE_ENV === "production",
    publicUrl: found.PUBLIC_URL,
    mail: url && key && from ? { url, key, from } : undefined,
    platformKey: found.PLATFORM_KEY,
    hosts: found.BOOKING_HOSTS,
  };
  return { config, faults };
}

type Hosts = { hosts: string[]; fault?: string };

let lastHosts: { text: string | undefined; read: Hosts } | undefined;

/** The host names that are served, and what is wrong with them, in a sentence. Asked for every request: parsed once. */
export function readHosts({ BOOKING_HOSTS: text }: { BOOKING_HOSTS?: string }): Hosts {
  if (!lastHosts || text !== lastHosts.text) lastHosts = { text, read: parseHosts(text) };
  return lastHosts.read;
}

function parseHosts(text: string | undefined): Hosts {
  const read = hosts.safeParse(text);
  const [, expected] = edgeVariables.BOOKING_HOSTS;
  if (!read.success || read.data.length === 0)
    return { hosts: [], fault: `BOOKING_HOSTS: expected ${expected}.` };
  if (read.data.some((host) => !host.startsWith("*."))) return { hosts: read.data };
  const fault = "BOOKING_HOSTS: expected at least one exact name: names under a suffix are registered there.";
  return { hosts: [], fault };
}

/** Bindings are in the environment too: they are no settings. */
function textsOf(env: Record<string, unknown>): Env {
  const texts = Object.entries(env).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
