import type { Actor } from "../domain/actor.ts";
import { type Room, roomName, topicOf } from "../domain/rooms.ts";
import type { Clock } from "../ports/clock.ts";
import {
  type Connection,
  closeCodes,
  newConnection,
  type Socket,
  type SocketServer,
} from "../realtime/connection.ts";
import type { Realtime } from "../realtime/start.ts";
import type { EdgeSocket, ObjectState } from "./runtime.ts";

/** What is attached to a sleeping socket. */
type Attached = Pick<Connection, "id" | "ip" | "actor" | "expiresAt" | "token" | "isGreeted"> & {
  rooms: Room[];
};

type Handlers = Realtime["handlers"];

/**
 * The sockets of an object. They outlive its sleep: `wake` finds them again. `onSettled` is called after each that was
 * opened or has sent something, when all of it is handled.
 */
export function hibernatingSockets(
  ctx: Pick<ObjectState, "acceptWebSocket" | "getWebSockets">,
  clock: Clock,
  onSettled: (data: Connection) => void,
) {
  const topics = new Map<string, Set<HibernatingSocket>>();
  const sockets = new Map<EdgeSocket, HibernatingSocket>();
  let handlers: Handlers;

  const open = (ws: EdgeSocket, data: Connection): HibernatingSocket => {
    const socket = new HibernatingSocket(ws, data, topics, () => closed(ws));
    sockets.set(ws, socket);
    return socket;
  };
  const closed = (ws: EdgeSocket) => {
    const socket = sockets.get(ws);
    if (!socket) return;
    sockets.delete(ws);
    socket.unsubscribeAll();
    handlers.close(socket);
  };
  return {
    /** Takes up the sockets that were open before the object slept. */
    wake: (realtime: Pick<Realtime, "handlers">) => {
      handlers = realtime.handlers;
      for (const ws of ctx.getWebSockets()) {
        const data = connectionOf(ws.deserializeAttachment() as Attached | null, clock);
        if (ws.readyState !== WebSocket.OPEN) continue;
        if (!data) {
          // Nobody knows whose it is, or how long it may stay.
          ws.close(closeCodes.restart, "Connect again.");
          continue;
        }
        const socket = open(ws, data);
        handlers.adopt(socket);
        for (const room of data.rooms.values())
          if (data.actor) socket.subscribe(topicOf(data.actor.organizationId, room));
      }
    },
    /** Opens a socket for one request; the other end goes into its answer. */
    serverFor: (): SocketServer & { client(): EdgeSocket | null } => {
      let client: EdgeSocket | null = null;
      return {
        upgrade: (request, { data }) => {
          if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") return false;
          const [ours, theirs] = newPair();
          client = theirs;
          ctx.acceptWebSocket(ours);
          const socket = open(ours, data);
          handlers.open(socket);
          void socket.settled().then(() => onSettled(data));
          return true;
        },
        ...topicServer(topics),
        client: () => client,
      };
    },
    topics: topicServer(topics),
    message: async (ws: EdgeSocket, message: string | ArrayBuffer) => {
      const socket = sockets.get(ws);
      if (!socket) return ws.close(closeCodes.restart, "Connect again.");
      handlers.message(socket, typeof message === "string" ? message : new Uint8Array(message));
      await socket.settled();
      onSettled(socket.data);
    },
    closed,
  };
}

function topicServer(topics: Map<string, Set<HibernatingSocket>>) {
  return {
    subscriberCount: (topic: string) => topics.get(topic)?.size ?? 0,
    publish: (topic: string, text: string) => {
      // One that fails must not cost the others their frame.
      for (const socket of [...(topics.get(topic) ?? [])]) socket.sendOrClose(text);
      return text.length;
    },
  };
}

function newPair(): [ours: EdgeSocket, theirs: EdgeSocket] {
  const { 0: theirs, 1: ours } = new WebSocketPair();
  return [ours, theirs];
}

class HibernatingSocket implements Socket {
  readonly #followed = new Set<string>();

  constructor(
    private readonly ws: EdgeSocket,
    readonly data: Connection,
    private readonly topics: Map<string, Set<HibernatingSocket>>,
    private readonly onClosed: () => void,
  ) {}

  get readyState(): number {
    return this.ws.readyState;
  }

  /** The runtime buffers what a slow client has not read, and does not say how much. */
  send(text: string): number {
    if (this.readyState !== WebSocket.OPEN) return 0;
    this.ws.send(text);
    return text.length;
  }

  sendOrClose(text: string): void {
    try {
      this.send(text);
    } catch {
      this.close(closeCodes.restart, "Connect again, and go on from your cursor.");
    }
  }

  close(code: number, reason: string): void {
    if (this.readyState === WebSocket.OPEN) this.ws.close(code, reason);
    this.onClosed();
  }

  subscribe(topic: string): void {
    const followers = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, followers.add(this));
    this.#followed.add(topic);
    this.#attach();
  }

  unsubscribe(topic: string): void {
    const followers = this.topics.get(topic);
    followers?.delete(this);
    if (followers?.size === 0) this.topics.delete(topic);
    this.#followed.delete(topic);
    this.#attach();
  }

  unsubscribeAll(): void {
    for (const topic of [...this.#followed]) this.unsubscribe(topic);
  }

  /** Resolves when all frames so far have been handled, and what has become of the socket is attached to it. */
  async settled(): Promise<void> {
    for (let queue: Promise<void> | null = null; queue !== this.data.queue; ) {
      queue = this.data.queue;
      await queue;
    }
    this.#attach();
  }

  #attach(): void {
    if (this.readyState !== WebSocket.OPEN) return;
    const { id, ip, actor, expiresAt, token, isGreeted, rooms } = this.data;
    // A token that nobody has verified yet may be of any length.
    const kept = { token: actor ? token : null, rooms: [...rooms.values()] };
    const attached: Attached = { id, ip, actor, expiresAt, isGreeted, ...kept };
    this.ws.serializeAttachment(attached);
  }
}

function connectionOf(attached: Attached | null, clock: Clock): Connection | null {
  if (!attached) return null;
  const { rooms, ...kept } = attached;
  return {
    ...newConnection(kept.token, kept.ip, clock.now()),
    ...kept,
    actor: kept.actor as Actor | null,
    rooms: new Map(rooms.map((room) => [roomName(room), room])),
  };
}
