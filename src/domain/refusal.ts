import type { Interval } from "./scheduling/interval.ts";

/** One fault of a request: in the body (`pointer`, RFC 6901) or in the query or a header (`parameter`). */
export type FieldError = { pointer: string; detail: string } | { parameter: string; detail: string };

/** A claim that is in the way. Who booked it is shown only to those who may see that booking. */
export type Conflict = Interval & { resourceId: string; bookingId?: string; title?: string };

/** Every reason to refuse, and the details that it carries besides its sentence. */
export type RefusalDetails = {
  validation_failed: { errors: FieldError[] };
  malformed_json: Record<never, never>;
  unauthenticated: Record<never, never>;
  invalid_credentials: Record<never, never>;
  token_expired: Record<never, never>;
  token_reused: Record<never, never>;
  forbidden: Record<never, never>;
  not_found: Record<never, never>;
  method_not_allowed: { allow: string };
  body_too_large: Record<never, never>;
  unsupported_media_type: Record<never, never>;
  slot_taken: { conflicts: Conflict[]; alternatives: Interval[] };
  email_taken: Record<never, never>;
  invalid_transition: Record<never, never>;
  resource_in_use: Record<never, never>;
  last_admin: Record<never, never>;
  cursor_expired: Record<never, never>;
  version_mismatch: Record<never, never>;
  idempotency_key_reused: Record<never, never>;
  rate_limited: { retryAfterSeconds: number };
  unavailable: { retryAfterSeconds: number };
};

export type RefusalCode = keyof RefusalDetails;

/** "No", with a reason a caller can act on. What a refusal means on the wire is the HTTP layer's business. */
export class Refusal<C extends RefusalCode = RefusalCode> extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: C,
    readonly detail: string,
    readonly details: RefusalDetails[C],
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  is<D extends RefusalCode>(code: D): this is Refusal<D> {
    return (this.code as RefusalCode) === code;
  }
}

/** The same answer for a thing that does not exist and for one that the caller may not see. */
export function notFound(): Refusal<"not_found"> {
  return new Refusal("not_found", "This does not exist, or you don't have access to it.", {});
}

export function forbidden(detail: string): Refusal<"forbidden"> {
  return new Refusal("forbidden", detail, {});
}

/** An invalid request. The sentence names the place of the first fault. */
export function invalidInput(errors: FieldError[]): Refusal<"validation_failed"> {
  const [first] = errors;
  if (!first) return new Refusal("validation_failed", "The request is not valid.", { errors });
  const place = "pointer" in first ? first.pointer || "The body" : first.parameter;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Refusal("validation_failed", `${place}: ${first.detail}${more}`, { errors });
}

export function endedSession(): Refusal<"unauthenticated"> {
  return new Refusal("unauthenticated", "The session has ended. Sign in again.", {});
}

/** A body field that is well-formed but can't be used. */
export function invalidField(pointer: string, detail: string): Refusal<"validation_failed"> {
  return invalidInput([{ pointer, detail }]);
}

/** A query parameter or a header that can't be used. */
export function invalidParameter(parameter: string, detail: string): Refusal<"validation_failed"> {
  return invalidInput([{ parameter, detail }]);
}

/** Accepts the versions that a change may apply to (`If-Match`). */
export type IfMatch = (version: number) => boolean;

export function requireVersion({ version }: { version: number }, accepts: IfMatch | undefined): void {
  if (!accepts || accepts(version)) return;
  throw new Refusal(
    "version_mismatch",
    `The current version is "${version}". Read it again, then decide.`,
    {},
  );
}
