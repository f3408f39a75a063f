/** One request on the wire and its answer. All times are milliseconds since 1970, by the one clock of the machine. */
export type Attempt = {
  server: number;
  askedAt: number;
  /** Null when no answer came: the process was killed, or took too long. */
  answeredAt: number | null;
  status: number | null;
  etag: string | null;
  location: string | null;
  retryAfter: string | null;
  replayed: boolean;
  text: string;
};

export type Kind =
  | "create"
  | "change"
  | "cancel"
  | "delete"
  | "reuse"
  | "read"
  | "list"
  | "busy"
  | "createResource"
  | "changeResource"
  | "deleteResource"
  | "changeUser"
  | "other";

/** What somebody wanted once, and every attempt at it. Its id is written into what it changes, so that the effect is known. */
export type Operation = {
  id: string;
  kind: Kind;
  actorId: string;
  method: string;
  path: string;
  body: Record<string, unknown> | undefined;
  key: string | null;
  ifMatch: number | null;
  attempts: Attempt[];
};

export type Wanted = Omit<Operation, "id" | "attempts" | "key" | "ifMatch"> &
  Partial<Pick<Operation, "id" | "key" | "ifMatch">>;

/** Everything that was asked and answered, in the order in which it was first asked. */
export class History {
  readonly operations: Operation[] = [];
  #made = 0;

  newId(): string {
    this.#made += 1;
    return `op-${this.#made}`;
  }

  begin(wanted: Wanted): Operation {
    const operation: Operation = { id: this.newId(), key: null, ifMatch: null, ...wanted, attempts: [] };
    this.operations.push(operation);
    return operation;
  }
}

/** An answer that says what happened; 503 and silence leave it open whether the request was carried out. */
export function isDecided({ status }: Attempt): boolean {
  return status !== null && status !== 503;
}

export function isSuccess({ status }: Attempt): boolean {
  return status !== null && status < 300;
}

/** The attempt that says how it ended, if any does. */
export function decidedAttempt(operation: Operation): Attempt | undefined {
  return operation.attempts.find(isSuccess) ?? operation.attempts.find(isDecided);
}
