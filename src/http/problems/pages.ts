import type { ProblemCode } from "../problem.ts";

/** What a person reads at `/problems/<code>`. `example` holds what the problem carries beside its usual members. */
export type ProblemPage = { meaning: string; causes: string[]; remedy: string; example?: object };

/** A code without a page here does not compile. */
export const problemPages: Record<ProblemCode, ProblemPage> = {
  validation_failed: {
    meaning: "The request can be read, but some of it is not what this operation takes.",
    causes: [
      "A field is missing, of another type, too long or unknown.",
      "A time has no offset, or there is no such day.",
      "An id in the body names nothing that you may use.",
      "A query parameter or a header is off, or a cursor is not one that we made.",
    ],
    remedy:
      "Look at errors: each entry names the place, by a JSON pointer into the body or by the name of a parameter. Mend all of them and send the request again.",
    example: { errors: [{ pointer: "/endTime", detail: "Must be after startTime." }] },
  },
  malformed_json: {
    meaning: "The body can't be parsed as JSON.",
    causes: [
      "A comma, a quote or a bracket too many or too few. The detail says at which line and column.",
      "Bytes that are not UTF-8, or a byte order mark.",
      "An empty body where one is needed.",
      "More than 32 levels of nesting.",
    ],
    remedy: "Build the body with a JSON library rather than by hand, and send it as UTF-8.",
  },
  unauthenticated: {
    meaning: "We don't know who is asking.",
    causes: [
      "There is no Authorization header, or it holds no token of ours.",
      "The session behind the token has ended: by a sign-out, a new password, or because the account was disabled.",
      "A refresh token was sent where an access token belongs.",
    ],
    remedy: "Sign in at /api/auth/login and send the accessToken as Authorization: Bearer.",
  },
  invalid_credentials: {
    meaning: "The email or the password is wrong.",
    causes: [
      "One of them is mistyped.",
      "The account has no password because its owner signs in elsewhere, or it is disabled. The answer is the same, so that nobody can find out who has an account.",
    ],
    remedy: "Try again, or ask an admin for a new password.",
  },
  token_expired: {
    meaning: "The token was good, and its time is over.",
    causes: ["Access tokens live for minutes, refresh tokens for days; expiresIn says how long."],
    remedy:
      "Spend the refresh token at /api/auth/refresh for a new pair; when that one has expired, sign in again.",
  },
  token_reused: {
    meaning: "A refresh token was sent that had been spent before, so its whole session has ended.",
    causes: [
      "Two copies of one token are in use. One of them may be stolen, and we can't tell which.",
      "A client kept the old token after a refresh.",
    ],
    remedy:
      "Sign in again. Keep the refreshToken of each answer and forget the one before. When only an answer was lost, the same token may be sent again within ten seconds.",
  },
  forbidden: {
    meaning: "You may know of this, but you may not do it.",
    causes: [
      "The operation is for admins.",
      "You named another person as ownerId.",
      "Registration is closed.",
      "Only a calendar's time zone can be changed.",
    ],
    remedy: "Ask an admin to do it, or to make you one.",
  },
  not_found: {
    meaning:
      "There is nothing at this address, or it is not yours to know of. The two look the same on purpose.",
    causes: [
      "The id is mistyped or malformed.",
      "The thing belongs to someone else, or was deleted.",
      "There is no such path.",
    ],
    remedy: "Take ids from our answers. If the thing should be yours, check whose token you sent.",
  },
  method_not_allowed: {
    meaning: "The path exists, but not with this method.",
    causes: ["PUT where PATCH is meant, for one."],
    remedy: "The Allow header lists the methods of this path.",
  },
  slot_taken: {
    meaning: "The resource does not have the wanted quantity free for all of this time.",
    causes: ["Someone booked it first: of two who ask at once, one wins."],
    remedy:
      "Look at alternatives: free times of the same length nearby. Or choose another resource. After a refused move the booking is where it was.",
    example: {
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
    meaning: "There is an account with this email already. Emails compare without case.",
    causes: ["You registered before.", "An admin made the account."],
    remedy: "Sign in, or use another email.",
  },
  invalid_transition: {
    meaning: "The thing is in a state that does not allow this.",
    causes: ["The booking is cancelled, which is for good.", "The user is disabled."],
    remedy: "Read it again. Instead of changing a cancelled booking, make a new one.",
  },
  resource_in_use: {
    meaning: "Bookings ahead need the resource as it is.",
    causes: [
      "It can't be deleted while bookings are ahead.",
      "Its capacity can't go below what is booked ahead.",
    ],
    remedy:
      "List its bookings from now on (GET /api/bookings?resourceId=…&from=…), move or cancel them, then try again.",
  },
  last_admin: {
    meaning: "This is the last active admin of the organization.",
    causes: ["Demoting or disabling them would leave nobody who can undo it."],
    remedy: "Make another admin first.",
  },
  cursor_expired: {
    meaning: "The events after this cursor can't be replayed.",
    causes: [
      "The client was away for longer than EVENT_RETENTION_DAYS.",
      "The cursor belongs to another event log: another installation, or another engine before a restore.",
    ],
    remedy:
      "Read the current state (GET /api/bookings), then follow the events from now on, without a cursor.",
  },
  version_mismatch: {
    meaning: "The thing has changed since you read it.",
    causes: [
      "Someone else was faster; your If-Match names an older version.",
      "If-Match lacks the quotes that belong to an ETag, or holds a weak one (W/).",
    ],
    remedy: "Read it again, look at what changed, and send your change with the new ETag.",
  },
  body_too_large: {
    meaning: "The body is larger than 256 KiB.",
    causes: ["Files, or a list that should go in several requests."],
    remedy: "Send less. Keep files elsewhere and their addresses in metadata.",
  },
  unsupported_media_type: {
    meaning: "The body is not declared as JSON.",
    causes: ["The Content-Type header is missing or another one.", "Its charset is not utf-8."],
    remedy: "Send Content-Type: application/json, and the body in UTF-8.",
  },
  idempotency_key_reused: {
    meaning: "This Idempotency-Key was used for another request.",
    causes: ["A key belongs to one operation with one body; this request differs from the first."],
    remedy: "Make a new random key for each thing you mean to do, and keep it only for retries of that one.",
  },
  rate_limited: {
    meaning: "Too many requests in a short time.",
    causes: [
      "Sign-ins and registrations are limited by address and by account, so that passwords can't be guessed.",
    ],
    remedy: "Wait for as many seconds as Retry-After says.",
  },
  internal: {
    meaning: "Something went wrong on our side.",
    causes: ["The cause is in the log of the instance, under the requestId, and nowhere in the answer."],
    remedy: "Try again with the same Idempotency-Key; if it stays, report the requestId.",
  },
  unavailable: {
    meaning: "The service can't answer right now.",
    causes: ["The database can't be reached.", "More requests came at once than there are connections for."],
    remedy:
      "Wait for as many seconds as Retry-After says, then send the request again with the same Idempotency-Key.",
  },
};
