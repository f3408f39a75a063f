import type { ObjectStorage } from "../../db/engines/sqlite/durable-object.ts";
import type { PasswordHasher } from "../security/passwords.ts";

/** A hibernating socket: it stays open while its object sleeps, with what is attached to it. */
export type EdgeSocket = {
  readonly readyState: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** At most 16,384 bytes. */
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
};

/** An object's storage of keys and values. A key has at most 2,048 bytes. */
export type KeyValues = {
  get<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  delete(key: string): boolean;
  /** In the order of the keys. */
  list<T>(options: { prefix: string; limit?: number; startAfter?: string }): Iterable<[string, T]>;
};

export type EdgeStorage = ObjectStorage & {
  kv: KeyValues;
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
  deleteAlarm(): Promise<void>;
  deleteAll(): Promise<void>;
};

/** What an object gets from the runtime. */
export type ObjectState = {
  storage: EdgeStorage;
  acceptWebSocket(socket: EdgeSocket): void;
  getWebSockets(): EdgeSocket[];
  /** Nothing else reaches the object until `work` is done. */
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
  /** Resets the object: the next request starts it again. */
  abort(reason?: string): void;
};

export type Fetcher = { fetch(request: Request): Promise<Response> };

/** Objects of one class, found by name. */
export type Objects = { idFromName(name: string): unknown; get(id: unknown): Fetcher };

/** The bindings of `deploy/edge/wrangler.jsonc`; settings and secrets are texts besides them. */
export type EdgeEnv = {
  BOOKING: Objects;
  REGISTRY: Objects;
  HASHER: PasswordHasher;
  ASSETS: Fetcher;
};
