import { ChannelFault } from "../ports/notifier.ts";

const pauseMs = 5_000;

export const unreachable = "The mail server could not be reached.";

/**
 * After the server could not be reached, attempts fail at once for five seconds, so that they don't all wait for it.
 * `check` throws a `ChannelFault` as long as a pause lasts; `begin` starts one.
 */
export function outagePause(): { check(): void; begin(): void } {
  let until = 0;
  return {
    check: () => {
      if (performance.now() < until) throw new ChannelFault(unreachable);
    },
    begin: () => {
      until = performance.now() + pauseMs;
    },
  };
}
