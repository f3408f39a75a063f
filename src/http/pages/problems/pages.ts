import type { ProblemCode } from "../../kit/problem.ts";

/** The page at `/problems/<code>`. `example` has the members that the problem carries besides the usual ones. */
export type ProblemPage = { meaning: string; causes: string[]; remedy: string; example?: object };

/** A code without a page here does not compile. */
export const problemPages: Record<ProblemCode, ProblemPage> = {
  validation_failed: {
    meaning: "The request is readable, but part of it is not valid for this operation.",
    causes: [
      "A field is missing, of another type, too long or unknown.",
      "A time has no offset, or the day does not exist.",
      "An id in the body names nothing that you may use.",
      "A query parameter or a header is invalid, or this API did not issue the cursor.",
    ],
    remedy:
      "Look at errors: each entry names the place, by a JSON pointer into the body or by the name of a parameter. Fix all of them and send the request again.",
    example: { errors: [{ pointer: "/endTime", detail: "Must be after startTime." }] },
  },
  malformed_json: {
    meaning: "The body can't be parsed as JSON.",
    causes: [
      "A comma, a quote or a bracket is missing or extra. The detail gives the line and column.",
      "Bytes that are not UTF-8, or a byte order mark.",
      "An empty body where one is required.",
      "More than 32 levels of nesting.",
    ],
    remedy: "Build the body with a JSON library rather than by hand, and send it as UTF-8.",
  },
  unauthenticated: {
    meaning: "We don't know who is asking.",
    causes: [
      "There is no Authorization header, or its token is not from this API.",
      "The token's session has ended: by a sign-out, a new password, or because the account was disabled.",
      "A refresh token was sent instead of an access token.",
    ],
    remedy: "Sign in at /api/auth/login and send the accessToken as Authorization: Bearer.",
  },
  invalid_credentials: {
    meaning: "The email, the password or the current password is wrong.",
    causes: [
      "One of them is mistyped.",
      "The account has no password because its owner signs in elsewhere, or it is disabled. The answer is the same, so that nobody can find out who has an account.",
    ],
    remedy: "Try again, or ask an admin for a new password.",
  },
  token_expired: {
    meaning: "The token was valid, but it has expired.",
    causes: ["Access tokens are valid for minutes, refresh tokens for days; expiresIn says how long."],
    remedy:
      "Exchange the refresh token at /api/auth/refresh for a new pair. If it has expired too, sign in again.",
  },
  token_reused: {
    meaning: "A refresh token was used a second time, so its whole session has ended.",
    causes: [
      "Two copies of one token are in use. One of them may be stolen, and we can't know which.",
      "A client kept the old token after a refresh.",
    ],
    remedy:
      "Sign in again. Keep the refreshToken of each answer and discard the one before. If only an answer was lost, you can send the same token again within ten seconds.",
  },
  forbidden: {
    meaning: "You may see this, but you may not do it.",
    causes: [
      "The operation is for admins.",
      "You named another person as ownerId.",
      "Registration is closed.",
      "Only a calendar's time zone can be changed.",
    ],
    remedy: "Ask an admin to do it, or to make you one.",
  },
  not_found: {
    meaning: "There is nothing at this address, or you may not see it. The two look the same on purpose.",
    causes: [
      "The id is mistyped or malformed.",
      "It belongs to someone else, or was deleted.",
      "The path does not exist.",
    ],
    remedy: "Take ids from the API's answers. If it should be yours, check whose token you sent.",
  },
  method_not_allowed: {
    meaning: "The path exists, but not with this method.",
    causes: ["For example, PUT instead of PATCH."],
    remedy: "The Allow header lists the methods of this path.",
  },
  slot_taken: {
    meaning: "The resource does not have the requested quantity free for all of this time.",
    causes: [
      "Someone booked it first: of two simultaneous requests, one wins.",
      "Part of the capacity is free, but less than the quantity: the detail says how much is free for all of this time.",
    ],
    remedy:
      "Choose one of the alternatives (free times of the same length nearby), or another resource. After a refused move, the booking stays where it was.",
    example: {
      detail: "The resource is taken for all or part of this time.",
      conflicts: [
        {
          resourceId: "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e",
          startTime: "2027-03-01T10:00:00.000Z",
          endTime: "2027-03-01T11:00:00.000Z",
        },
      ],
      alternatives: [{ startTime: "2027-03-01T11:00:00.000Z", endTime: "2027-03-01T12:00:00.000Z" }],
    },
  },
  email_taken: {
    meaning: "An account with this email already exists. Upper and lower case count as the same.",
    causes: ["You registered before.", "An admin created the account."],
    remedy: "Sign in, or use another email.",
  },
  invalid_transition: {
    meaning: "The current state does not allow this.",
    causes: ["The booking is cancelled, which is final.", "The user is disabled."],
    remedy: "Read it again. Instead of changing a cancelled booking, create a new one.",
  },
  resource_in_use: {
    meaning: "Upcoming bookings need the resource as it is.",
    causes: [
      "It can't be deleted while it has upcoming bookings.",
      "Its capacity can't go below what is already booked.",
    ],
    remedy:
      "List its bookings from now on (GET /api/bookings?resourceId=…&from=…), move or cancel them, then try again.",
  },
  last_admin: {
    meaning: "This is the last active admin of the organization.",
    causes: ["If you demoted or disabled them, nobody could undo it."],
    remedy: "Make someone else an admin first.",
  },
  cursor_expired: {
    meaning: "The events after this cursor can't be replayed.",
    causes: [
      "The client was offline for longer than EVENT_RETENTION_DAYS.",
      "The cursor belongs to another event log: another installation, or another engine before a restore.",
    ],
    remedy:
      "Read the current state (GET /api/bookings), then follow the events from now on, without a cursor.",
  },
  version_mismatch: {
    meaning: "It has changed since you read it.",
    causes: [
      "Someone else was faster; your If-Match names an older version.",
      "If-Match lacks the quotes of an ETag, or has a weak ETag (W/).",
    ],
    remedy: "Read it again, look at what changed, and send your change with the new ETag.",
  },
  body_too_large: {
    meaning: "The body is larger than 256 KiB.",
    causes: ["It contains files, or a list that should go in several requests."],
    remedy: "Send less. Keep files elsewhere and put their addresses in metadata.",
  },
  unsupported_media_type: {
    meaning: "The body is not declared as JSON.",
    causes: ["The Content-Type header is missing or different.", "Its charset is not utf-8."],
    remedy: "Send the body as UTF-8, with Content-Type: application/json.",
  },
  idempotency_key_reused: {
    meaning: "This Idempotency-Key was used for another request.",
    causes: ["A key belongs to one operation with one body; this request differs from the first."],
    remedy: "Create a new random key for each action, and reuse it only to retry that action.",
  },
  rate_limited: {
    meaning: "Too many requests in a short time.",
    causes: [
      "A caller sent more reads or changes in a minute than one caller may, over HTTP or a socket.",
      "Sign-ins are limited by address and by account, so that passwords can't be guessed.",
      "Registrations, token refreshes, new passwords and requests for mails are limited by address, mails by account as well.",
    ],
    remedy:
      "Wait as many seconds as Retry-After says. The RateLimit headers of every answer show what is left of a limit.",
  },
  internal: {
    meaning: "Something went wrong on our side.",
    causes: ["The instance's log has the cause, under the requestId. The answer does not show it."],
    remedy: "Try again with the same Idempotency-Key. If it keeps failing, report the requestId.",
  },
  unavailable: {
    meaning: "The service can't answer right now.",
    causes: ["The database can't be reached.", "Too many requests came at once."],
    remedy:
      "Wait as many seconds as Retry-After says, then send the request again with the same Idempotency-Key.",
  },
};
