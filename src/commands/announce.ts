import type { Channel } from "../domain/reminders/reminder-rule.ts";
import type { Log } from "../ports/log.ts";

/** How reminders are sent, in words. */
export function reminderChannels(channels: Channel[]): string {
  const names = { websocket: "over WebSocket", email: "by mail" } satisfies Record<Channel, string>;
  return channels.map((channel) => names[channel]).join(" and ");
}

/** What a process reports when it is ready: lines for people, and in production one line of the log. */
export function announce(
  title: string,
  facts: Record<string, string>,
  { production, log }: { production: boolean; log: Log },
): void {
  if (production) {
    const fields = Object.entries(facts).map(([label, text]) => [label.toLowerCase(), text]);
    log.info(Object.fromEntries(fields), title);
    return;
  }
  const lines = Object.entries(facts).map(([label, text]) => `  ${label.padEnd(8)}${text}`);
  console.log([title, ...lines].join("\n"));
}
