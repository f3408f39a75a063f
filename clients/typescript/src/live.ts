import type { components } from "./schema.d.ts";

export type LiveRoom = { userId: string } | { resourceId: string };

/** An event as a room receives it. `data` is the booking's change in a user's room, busy intervals in a resource's. */
export type LiveEvent = {
  event: string;
  room: string;
  id: string;
  cursor: string;
  time: string;
  data: Partial<components["schemas"]["Event"]["data"]> & {
    resourceId?: string;
    intervals?: { startTime: string; endTime: string }[];
  };
};

type Options = {
  /** Where the service is, like `http://localhost:5000`. */
  baseUrl: string;
  /**
   * Returns an access token. Called for each connection, again before that token expires, and again after the service
   * refused one: refresh it here.
   */
  token: () => string | Promise<string>;
  rooms: LiveRoom[];
  onEvent(event: LiveEvent): void;
  /**
   * Refusals by the service, and `cursor_expired` if the client was offline for too long and missed events. Also, once
   * until it succeeds again: `unreachable` if the service can't be reached, and `no_token` if `token` throws.
   */
  onError?(error: { code: string; detail: string; event: string }): void;
  /** Where to continue from, by room name (`user:<id>`): keep each event's `cursor` to resume after a restart. */
  after?: Record<string, string>;
};

type Frame = { event: string; data: Record<string, unknown>; room?: string; cursor?: string };

const longestWaitMs = 10_000;
/** Faults that may be gone when the client reconnects a little later. */
const passing = new Set(["unauthenticated", "token_expired", "unavailable", "internal"]);

/**
 * Follows rooms and stays connected: after a lost connection it reconnects, signs in, joins again where it stopped, and
 * misses nothing. Returns a function that stops it.
 */
export function followRooms({ baseUrl, token, rooms, onEvent, onError, after = {} }: Options): () => void {
  // The service names rooms in lower case.
  const cursors = new Map(Object.entries(after).map(([room, cursor]) => [room.toLowerCase(), cursor]));
  const waitingFor = new Set<string>();
  let socket: WebSocket | null = null;
  let ended = false;
  let failures = 0;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let comeback: ReturnType<typeof setTimeout> | undefined;
  let rejoin: ReturnType<typeof setTimeout> | undefined;

  const reported = new Set<string>();
  const reportOnce = (error: { code: string; detail: string; event: string }) => {
    if (!reported.has(error.code)) onError?.(error);
    reported.add(error.code);
  };
  const send = (event: string, data: object) => socket?.send(JSON.stringify({ event, data }));
  const signIn = async () => {
    try {
      send("authenticate", { token: await token() });
    } catch (error) {
      reportOnce({ code: "no_token", detail: `No token: ${error}`, event: "authenticate" });
      socket?.close();
    }
  };
  const joinAll = () => {
    for (const room of rooms) {
      const named = "userId" in room ? `user:${room.userId}` : `resource:${room.resourceId}`;
      const name = named.toLowerCase();
      waitingFor.add(name);
      const after = cursors.get(name);
      send("userId" in room ? "join-user-room" : "join-resource-room", { ...room, after });
    }
  };
  let joined = false;
  let isConnected = false;
  const receive = ({ event, data, room, cursor }: Frame, frame: LiveEvent) => {
    if (event === "connected") {
      isConnected = true;
      reported.delete("unreachable");
      void signIn();
    } else if (event === "authenticated") {
      reported.delete("no_token");
      const lifeMs = Date.parse(String(data.expiresAt)) - Date.now();
      renewal = setTimeout(() => void signIn(), Math.max(lifeMs * 0.8, 1_000));
      if (!joined) joinAll();
      joined = true;
    } else if (event === "joined-room") {
      const name = String(data.room);
      waitingFor.delete(name);
      if (waitingFor.size === 0) failures = 0;
      if (!cursors.has(name)) cursors.set(name, String(data.cursor));
    } else if (event === "error") {
      onError?.(data as { code: string; detail: string; event: string });
      // Offline for too long to replay what was missed: continue from now.
      if (data.code === "cursor_expired") {
        cursors.clear();
        joinAll();
      } else if (data.event === "authenticate" || passing.has(String(data.code))) {
        socket?.close();
      } else if (data.code === "rate_limited") {
        // The socket is fine. Only the join waits, and with its cursor nothing is missed.
        clearTimeout(rejoin);
        rejoin = setTimeout(joinAll, longestWaitMs * (0.5 + Math.random() / 2));
      }
    } else if (room && cursor) {
      cursors.set(room, cursor);
      onEvent(frame);
    }
  };
  const connect = () => {
    joined = false;
    isConnected = false;
    waitingFor.clear();
    socket = new WebSocket(`${baseUrl.replace(/^http/, "ws")}/ws/`);
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data));
      receive(frame, frame);
    };
    socket.onclose = () => {
      clearTimeout(renewal);
      clearTimeout(rejoin);
      if (ended) return;
      if (!isConnected) {
        const detail = `The service can't be reached at ${baseUrl}. Trying again.`;
        reportOnce({ code: "unreachable", detail, event: "connect" });
      }
      // Twice as long each time, and not all clients at once.
      const wait = Math.min(100 * 2 ** failures++, longestWaitMs) * (0.5 + Math.random() / 2);
      comeback = setTimeout(connect, wait);
    };
  };
  connect();
  return () => {
    ended = true;
    clearTimeout(comeback);
    clearTimeout(renewal);
    socket?.close();
  };
}
