/**
 * The result of a check, with a remedy. `warning`: it works, but not as it should; `fault`: it does not work, or
 * something will be lost.
 */
export type Finding =
  | { check: string; status: "ok"; detail: string }
  | { check: string; status: "warning" | "fault"; detail: string; remedy: string };

export function ok(check: string, detail: string): Finding {
  return { check, status: "ok", detail };
}

export function warning(check: string, detail: string, remedy: string): Finding {
  return { check, status: "warning", detail, remedy };
}

export function fault(check: string, detail: string, remedy: string): Finding {
  return { check, status: "fault", detail, remedy };
}

/** Clocks that are further apart than this make tokens and reminders early or late. */
const skewMs = 2_000;

/** Compares a server's clock, read between two readings of ours, with ours. */
export function checkClock(check: string, theirs: Date, between: { before: Date; after: Date }): Finding {
  const early = between.before.getTime() - theirs.getTime();
  const late = theirs.getTime() - between.after.getTime();
  const apart = Math.max(early, late, 0);
  const difference = `${(apart / 1000).toFixed(1)} s ${early > 0 ? "behind" : "ahead of"} this machine's`;
  return apart > skewMs
    ? fault(
        check,
        `Its clock is ${difference}.`,
        "Synchronize both clocks with NTP (chrony, systemd-timesyncd).",
      )
    : ok(check, "The clocks agree.");
}
