export const scopes = [
  "bookings:read",
  "bookings:write",
  "resources:read",
  "resources:write",
  "events:read",
  "users:read",
  "users:write",
  "tokens:write",
] as const;

/** What a key may do, in the whole of its organization. */
export type Scope = (typeof scopes)[number];

/** Who asks. Everything an actor reads or writes lies in its organization. */
export type Actor = {
  organizationId: string;
  userId: string;
  role: "user" | "admin";
  /** The refresh family behind the access token. */
  sessionId: string;
  /** Of a person: the generation of the credentials that let them in. Absent for keys and for the system itself. */
  credentialGeneration?: number;
  /** Of an API key: what it may do; people may do what their role allows. */
  scopes?: Scope[];
};

/** Whom an event names as its author; nobody when the system acts by itself. */
export type Author = { userId: string | null };

export const nobody: Author = { userId: null };

/** What every decision is given first: who asks, the time, and where new ids (UUIDv7) come from. */
export type By<A extends Author = Actor> = { actor: A; now: Date; newId(): string };

export function isAdmin(actor: Actor): boolean {
  return actor.role === "admin";
}

/** Whether a service asks, and no person. */
export function isKey(actor: Actor): boolean {
  return actor.scopes !== undefined;
}

/** Whether the caller may see the result of their write: a key reads only what its scopes allow. */
export function mayRead({ scopes }: Actor, scope: Scope): boolean {
  return scopes === undefined || scopes.includes(scope);
}

/** Owners and admins may see and change a thing. */
export function mayManage(actor: Actor, thing: { organizationId: string; ownerId: string | null }): boolean {
  if (thing.organizationId !== actor.organizationId) return false;
  return isAdmin(actor) || thing.ownerId === actor.userId;
}
