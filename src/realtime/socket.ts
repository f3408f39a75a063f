import type { Actor } from "../domain/actor.ts";
import { Refusal } from "../domain/refusal.ts";
import { roomName, topicOf } from "../domain/rooms.ts";
import { describeFault } from "../lib/input-faults.ts";
import { readJson } from "../lib/read-json.ts";
import { authenticate } from "../operations/auth/authenticate.ts";
import type { Context } from "../operations/context.ts";
import type { Log } from "../ports/log.ts";
import type { JudgeOrigin } from "../process/origins.ts";
import { type Connection, closeCodes, newConnection, type Socket, type SocketServer } from "./connection.ts";
import { ClientFrame, encodeFrame, longestToken, roomOf } from "./frames.ts";
import type { Hub } from "./hub.ts";
import { type JoinNeeds, join } from "./join.ts";

export const heartbeatSeconds = 30;
const largestFrame = 16 * 1024;
const framesPerSecond = 50;
const framesWaiting = 100;
const socketsPerUser = 50;
/** How many sockets of one network may be open without having signed in. */
const strangersPerNetwork = 1_000;
/** The most unsent data of a socket before it is closed: a reader that does not read must not fill the memory. */
const owedAtMost = 1024 * 1024;

type Needs = JoinNeeds & { context: Context; hub: Hub; log: Log; judgeOrigin: JudgeOrigin };

/** Answers `/ws/`: upgrades, or says in a plain response why not. Undefined once the socket is open. */
export function upgrade(
  request: Request,
  server: SocketServer,
  ip: string,
  { context, hub, judgeOrigin }: Needs,
): Response | undefined {
  if (judgeOrigin(request.headers) === "foreign") {
    return new Response("This origin may not open sockets here.", { status: 403 });
  }
  const offered = request.headers.get("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1] ?? null;
  if (offered !== null && offered.length > longestToken) {
    return new Response("The token is too long to be one of ours.", { status: 401 });
  }
  if (hub.strangersFrom(ip) >= strangersPerNetwork * context.limitScale) {
    return new Response(
      "Too many sockets from your network have not signed in. Sign in with those, or try again later.",
      { status: 429, headers: { "Retry-After": "10" } },
    );
  }
  const data = newConnection(offered, ip, context.clock.now());
  // Bun would echo the first subprotocol that is offered. There is none here, and some clients put secrets in it.
  if (server.upgrade(request, { data, headers: { "Sec-WebSocket-Protocol": "" } })) return undefined;
  return new Response("This is a WebSocket: connect with ws:// or wss://.", {
    status: 426,
    headers: { Connection: "Upgrade", Upgrade: "websocket" },
  });
}

/** What a runtime calls in a socket's life, and its limits as Bun names them. */
export function socketHandlers(needs: Needs) {
  const { hub } = needs;
  return {
    maxPayloadLength: 4 * largestFrame,
    backpressureLimit: owedAtMost,
    closeOnBackpressureLimit: true,
    idleTimeout: 2 * heartbeatSeconds,
    sendPings: true,
    open: (socket: Socket) => {
      hub.add(socket);
      const { token } = socket.data;
      if (token === null) greet(socket, { authenticated: false });
      else enqueue(needs, socket, { event: "authenticate", data: { token } });
    },
    /** Takes up a socket that was open before. */
    adopt: (socket: Socket) => hub.add(socket),
    message: (socket: Socket, message: string | Uint8Array) => {
      const frame = receive(socket, message);
      if (frame) enqueue(needs, socket, frame);
    },
    drain: (socket: Socket) => release(socket),
    close: (socket: Socket) => {
      hub.remove(socket);
      release(socket);
    },
  };
}

/** The first frame of a socket, once. It waits until a token that came with the upgrade was verified. */
function greet(socket: Socket, { authenticated }: { authenticated: boolean }): void {
  const { data } = socket;
  if (data.isGreeted) return;
  data.isGreeted = true;
  const greeting = { connectionId: data.id, authenticated, heartbeatSeconds };
  socket.send(encodeFrame("connected", greeting));
}

function release(socket: Socket): void {
  socket.data.onDrain?.();
  socket.data.onDrain = null;
}

/** A frame to handle, or null: something that is not a frame closes the socket; an invalid frame gets an error. */
function receive(socket: Socket, message: string | Uint8Array): ClientFrame | null {
  const { framesIn } = socket.data;
  const second = Math.floor(performance.now() / 1000);
  if (framesIn.second !== second) socket.data.framesIn = { second, count: 0 };
  socket.data.framesIn.count += 1;
  const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
  if (bytes.byteLength > largestFrame) return close(socket, closeCodes.tooBig, "A frame is at most 16 KiB.");
  if (socket.data.framesIn.count > framesPerSecond || socket.data.waiting >= framesWaiting) {
    return close(socket, closeCodes.policy, `At most ${framesPerSecond} frames a second.`);
  }
  const parsed = typeof message === "string" ? parse(message) : undefined;
  if (parsed === undefined) return close(socket, closeCodes.policy, "Frames are JSON objects, as text.");
  const frame = ClientFrame.safeParse(parsed, { error: describeFault });
  if (frame.success) return frame.data;
  const [issue] = frame.error.issues;
  const { event, ref } = parsed as { event?: unknown; ref?: unknown };
  fault(
    socket,
    { code: "validation_failed", detail: `${issue?.path.join(".")}: ${issue?.message}`, event },
    ref,
  );
  return null;
}

function parse(message: string): object | undefined {
  try {
    const value: unknown = readJson(message);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function close(socket: Socket, code: number, reason: string): null {
  socket.close(code, reason);
  return null;
}

function fault(socket: Socket, data: { code: string; detail: string; event: unknown }, ref?: unknown): void {
  socket.send(encodeFrame("error", data, ["string", "number"].includes(typeof ref) ? { ref } : {}));
}

/** One frame after the other: a join is done before the leave that follows it. */
function enqueue(needs: Needs, socket: Socket, frame: ClientFrame): void {
  const { data } = socket;
  data.waiting += 1;
  data.queue = data.queue
    .then(() => (socket.readyState === WebSocket.OPEN ? handle(needs, socket, frame) : undefined))
    .catch((error) => {
      const { event, ref } = frame;
      greet(socket, { authenticated: false });
      if (error instanceof Refusal) {
        needs.context.refusalLog.count(error, data.actor, data.ip);
        return fault(socket, { code: error.code, detail: error.detail, event }, ref);
      }
      needs.log.error({ err: error, connectionId: data.id }, "unexpected error on a socket");
      fault(socket, { code: "internal", detail: "The fault is ours, and it is in the log.", event }, ref);
    })
    .finally(() => {
      data.waiting -= 1;
    });
}

async function handle(needs: Needs, socket: Socket, frame: ClientFrame): Promise<void> {
  const { data } = socket;
  const reply = (event: string, body: object) =>
    void socket.send(encodeFrame(event, body, frame.ref === undefined ? {} : { ref: frame.ref }));
  switch (frame.event) {
    case "ping":
      return reply("pong", { time: needs.context.clock.now().toISOString() });
    case "authenticate": {
      const signedIn = await signIn(needs, data, frame.data.token);
      greet(socket, { authenticated: true });
      return reply("authenticated", signedIn);
    }
    case "join-user-room":
    case "join-resource-room":
      return join(needs, socket, signedIn(data), {
        room: roomOf(frame.data),
        after: frame.data.after,
        ref: frame.ref,
      });
    case "leave-user-room":
    case "leave-resource-room": {
      const room = roomOf(frame.data);
      if (data.actor) socket.unsubscribe(topicOf(data.actor.organizationId, room));
      data.rooms.delete(roomName(room));
      return reply("left-room", { room: roomName(room) });
    }
  }
}

/** The same user extends the socket; another one must open a new one. */
async function signIn({ context, hub }: Needs, data: Connection, token: string) {
  const { actor, expiresAt } = await authenticate(context, token);
  if (data.actor && data.actor.userId !== actor.userId) {
    throw new Refusal("forbidden", "This socket is another user's. Open one of your own.", {});
  }
  if (!data.actor && hub.countOf(actor.userId) >= socketsPerUser) {
    throw new Refusal("rate_limited", `A user has at most ${socketsPerUser} sockets.`, {
      retryAfterSeconds: 0,
    });
  }
  const before = { actor: data.actor, token: data.token, expiresAt: data.expiresAt };
  Object.assign(data, { actor, token, expiresAt: expiresAt.getTime() });
  try {
    // The session may have ended, or its user's role may have changed, since that look: the hub did not know about this
    // socket yet. From here on it does.
    data.actor = (await authenticate(context, token)).actor;
  } catch (error) {
    Object.assign(data, before);
    throw error;
  }
  return { userId: actor.userId, expiresAt: expiresAt.toISOString() };
}

function signedIn({ actor }: Connection): Actor {
  if (actor) return actor;
  throw new Refusal(
    "unauthenticated",
    'Sign in first: {"event":"authenticate","data":{"token":"<accessToken>"}}.',
    {},
  );
}
