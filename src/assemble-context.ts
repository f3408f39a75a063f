import { randomBytes } from "node:crypto";
import type { Channel } from "./domain/reminders/reminder-rule.ts";
import { createRefusalLog } from "./operations/audit/refusal-log.ts";
import { hotSlots } from "./operations/bookings/hot-slots.ts";
import type { Context } from "./operations/context.ts";
import { install } from "./operations/install.ts";
import type { RefusalLog } from "./ports/audit.ts";
import type { Store } from "./ports/store.ts";
import { apiKeys } from "./security/api-keys.ts";
import { jwtTokens } from "./security/jwt.ts";

/** The settings that mean the same wherever the service runs. */
export type ContextConfig = {
  /** Undefined outside production: then they are generated once and kept with the data. */
  accessSecrets: string[] | undefined;
  refreshSecrets: string[] | undefined;
  accessMinutes: number;
  refreshDays: number;
  registration: "open" | "closed";
  reminderMinutesBefore: number[];
  eventRetentionDays: number;
  rateLimitScale: number;
};

/** What differs from one runtime to another. */
export type Adapters = Pick<
  Context,
  | "store"
  | "clock"
  | "newId"
  | "passwords"
  | "limits"
  | "ownLimits"
  | "later"
  | "onPasswordSignIn"
  | "logAgeMs"
> & {
  /** The channels that can send. */
  channelsOn: Channel[];
  observeRefusals?<L extends RefusalLog>(refusalLog: L): L;
};

/** What operations work with, on any runtime. Creates the default organization in an empty store. */
export async function assembleContext(config: ContextConfig, adapters: Adapters) {
  const { channelsOn, observeRefusals = (log) => log, ...ports } = adapters;
  const { store } = ports;
  await install(ports);
  const refusalLog = observeRefusals(createRefusalLog(ports));
  const context: Context = {
    ...ports,
    refusalLog,
    hotSlots: hotSlots(ports.clock),
    keys: apiKeys,
    tokens: jwtTokens({
      accessSecrets: config.accessSecrets ?? [await keptSecret(store, "JWT_SECRET_KEY")],
      refreshSecrets: config.refreshSecrets ?? [await keptSecret(store, "REFRESH_JWT_SECRET_KEY")],
      accessMinutes: config.accessMinutes,
      refreshDays: config.refreshDays,
    }),
    limitScale: config.rateLimitScale,
    registration: config.registration,
    defaultReminders: config.reminderMinutesBefore.flatMap((minutesBefore) =>
      channelsOn.map((channel) => ({ minutesBefore, channel })),
    ),
    sendsMail: channelsOn.includes("email"),
    eventRetentionDays: config.eventRetentionDays,
  };
  return { context, flushRefusals: refusalLog.flush };
}

/** Generated once and kept with the data, so that every process on it signs alike. Production never gets here. */
function keptSecret(store: Store, name: string): Promise<string> {
  return store.settingOnce(name, randomBytes(32).toString("hex"));
}
