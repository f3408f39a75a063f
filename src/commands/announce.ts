import type { Logger } from "pino";

/** What a process reports when it is ready: lines for people, and in production one line of the log. */
export function announce(
  title: string,
  facts: Record<string, string>,
  { production, log }: { production: boolean; log: Logger },
): void {
  if (production) {
    const fields = Object.entries(facts).map(([label, text]) => [label.toLowerCase(), text]);
    log.info(Object.fromEntries(fields), title);
    return;
  }
  const lines = Object.entries(facts).map(([label, text]) => `  ${label.padEnd(8)}${text}`);
  console.log([title, ...lines].join("\n"));
}
