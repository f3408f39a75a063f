/** Who asks. Everything an actor reads or writes lies in its organization. */
export type Actor = {
  organizationId: string;
  userId: string;
  role: "user" | "admin";
  /** The refresh family behind the access token. */
  sessionId: string;
};

export function isAdmin(actor: Actor): boolean {
  return actor.role === "admin";
}

/** Owners and admins may see and change a thing. */
export function mayManage(actor: Actor, thing: { organizationId: string; ownerId: string | null }): boolean {
  if (thing.organizationId !== actor.organizationId) return false;
  return isAdmin(actor) || thing.ownerId === actor.userId;
}
