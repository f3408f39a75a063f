import type { Broadcast } from "../ports/broadcast.ts";
import type { Realtime } from "../realtime/start.ts";

type Heard = Pick<Realtime, "sockets" | "skipToEnd">;

export type Unread = {
  /** Something was committed: it is announced if anybody listens. */
  committed(): void;
  /** From now on it is known who listens. */
  follow(realtime: Heard): void;
  /** To be called before a socket opens: it hears only what comes after it. */
  skip(): Promise<void>;
};

/** Without sockets, nobody has to read the log after each commit: what was not read is skipped before the first one. */
export function unreadLog(broadcast: Broadcast): Unread {
  let realtime: Heard = { sockets: () => 0, skipToEnd: async () => {} };
  let hasUnread = false;
  return {
    committed: () => {
      if (realtime.sockets() > 0) broadcast.announce();
      else hasUnread = true;
    },
    follow: (heard) => {
      realtime = heard;
    },
    skip: async () => {
      while (hasUnread && realtime.sockets() === 0) {
        hasUnread = false;
        await realtime.skipToEnd();
      }
    },
  };
}
