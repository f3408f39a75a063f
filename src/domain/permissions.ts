import { type Actor, isAdmin, isKey, type Scope } from "./actor.ts";
import { forbidden } from "./refusal.ts";

/** `public`: anyone, without signing in. `user`: anyone signed in. `admin`: admins of the organization. */
export type Access = "public" | "user" | "admin";

/** Without a scope, an operation is only for people; with one, also for API keys that have it. */
export type Permission = { access: Access; scope?: Scope };

const everyone = { access: "public" } as const;
const people = { access: "user" } as const;
const admins = { access: "admin" } as const;

/**
 * Who may call which operation: the one list that the operations, the routes, the API document and the tests read.
 * Which things of others a caller may touch is decided where the thing is known.
 */
export const permissions = {
  getHealth: everyone,
  getLive: everyone,
  getReady: everyone,
  getJobMetrics: everyone,

  register: everyone,
  login: everyone,
  refresh: everyone,
  logout: everyone,
  forgotPassword: everyone,
  resetPassword: everyone,
  verifyEmail: everyone,
  requestVerification: people,
  getMe: people,
  changeMe: people,
  eraseMe: people,
  changePassword: people,
  listSessions: people,
  endSession: people,
  endOtherSessions: people,

  createUser: { access: "admin", scope: "users:write" },
  listUsers: { access: "admin", scope: "users:read" },
  getUser: { access: "admin", scope: "users:read" },
  changeUser: { access: "admin", scope: "users:write" },
  eraseUser: admins,
  exportUser: people,
  createUserToken: { access: "admin", scope: "tokens:write" },

  createApiKey: admins,
  listApiKeys: admins,
  revokeApiKey: admins,
  listAudit: admins,

  createResource: { access: "admin", scope: "resources:write" },
  listResources: { access: "user", scope: "resources:read" },
  getResource: { access: "user", scope: "resources:read" },
  getBusy: { access: "user", scope: "resources:read" },
  changeResource: { access: "user", scope: "resources:write" },
  deleteResource: { access: "admin", scope: "resources:write" },

  createBooking: { access: "user", scope: "bookings:write" },
  listBookings: { access: "user", scope: "bookings:read" },
  getBooking: { access: "user", scope: "bookings:read" },
  changeBooking: { access: "user", scope: "bookings:write" },
  cancelBooking: { access: "user", scope: "bookings:write" },
  deleteBooking: { access: "user", scope: "bookings:write" },
  getBookingHistory: { access: "user", scope: "bookings:read" },
  getBookingReminders: { access: "user", scope: "bookings:read" },

  listEvents: { access: "user", scope: "events:read" },
  joinRoom: people,
  listFailedTasks: admins,
} as const satisfies Record<string, Permission>;

export type Operation = keyof typeof permissions;

export function permissionOf(operation: Operation): Permission {
  return permissions[operation];
}

/** Refuses callers who may not use an operation at all: the first line of every operation. */
export function authorize(actor: Actor, operation: Operation): void {
  const { access, scope } = permissionOf(operation);
  if (isKey(actor)) {
    if (!scope) throw forbidden("This is for people, not for API keys.");
    if (!actor.scopes?.includes(scope)) throw forbidden(`The API key needs the scope ${scope}.`);
  }
  if (access === "admin" && !isAdmin(actor)) throw forbidden("Only admins may do this.");
}
