import type { Actor } from "../domain/actor.ts";
import type { Room } from "../domain/rooms.ts";

/** What is known of one socket. */
export type Connection = {
  id: string;
  /** The address of the client. */
  ip: string;
  /** Null until `authenticate`. */
  actor: Actor | null;
  /** When the access token ends, in milliseconds; before `authenticate`, when patience does. */
  expiresAt: number;
  /** The rooms that it has joined, by name. */
  rooms: Map<string, Room>;
  /** Frames of the current second. */
  framesIn: { second: number; count: number };
  /** Frames are handled one after the other. */
  queue: Promise<void>;
  /** Frames that wait in the queue. */
  waiting: number;
  /** Called when the socket takes more, or has closed. */
  onDrain: (() => void) | null;
  /** The access token: offered with the upgrade, then the one it signed in with. */
  token: string | null;
  /** Whether `connected` was sent. */
  isGreeted: boolean;
};

/** A socket, whatever runtime serves it. */
export type Socket = {
  readonly data: Connection;
  readonly readyState: number;
  send(text: string): number;
  close(code: number, reason: string): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
};

/** The server of sockets: it opens them, and publishes to those that follow a topic. */
export type SocketServer = {
  upgrade(request: Request, options: { data: Connection; headers: Record<string, string> }): boolean;
  subscriberCount(topic: string): number;
  publish(topic: string, text: string): number;
};

export const closeCodes = { policy: 1008, tooBig: 1009, restart: 1012, ended: 4401 };

/** How long a socket may stay without signing in. */
export const patienceMs = 60_000;

export function newConnection(token: string | null, ip: string, now: Date): Connection {
  return {
    id: crypto.randomUUID(),
    ip,
    actor: null,
    expiresAt: now.getTime() + patienceMs,
    rooms: new Map(),
    framesIn: { second: 0, count: 0 },
    queue: Promise.resolve(),
    waiting: 0,
    onDrain: null,
    token,
    isGreeted: false,
  };
}
