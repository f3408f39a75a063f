import type { Notifier } from "../ports/notifier.ts";

/**
 * The event in the log is the message: every socket of the owner receives it from there, and none receives it twice.
 */
export const websocketNotifier: Notifier = {
  cannotReach: () => null,
  send: async () => {},
};
