import { createHash } from "node:crypto";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { type Receipt, receiptsExpiredBy } from "../../domain/receipt.ts";
import { invalidParameter, Refusal } from "../../domain/refusal.ts";
import type { Context } from "../../operations/context.ts";
import type { Env } from "../kit/env.ts";
import { jsonBody } from "../kit/json-body.ts";

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a caller's key returns its first success again, byte
 * for byte. There is no look-up before the change: a new key costs no round trip. With a used key nothing can be
 * written, because the key is unique and written with the change; before a refusal is sent, the key is looked up.
 */
export function idempotency(context: Context, operationId: string): MiddlewareHandler<Env> {
  return async (c, next) => {
    const header = c.req.header("Idempotency-Key");
    if (header === undefined) return next();
    const { userId: callerId, organizationId } = c.get("actor");
    const key = parseKey(header);
    const fingerprint = await fingerprintOf(c, operationId);
    const replay = async () => {
      const stored = await context.store.receipts.find(callerId, key);
      return stored && isFresh(stored, context.clock.now()) ? answerAgain(c, stored, fingerprint) : null;
    };
    c.set("receipt", (reply) => ({
      ...reply,
      organizationId,
      callerId,
      key,
      fingerprint,
      createdAt: context.clock.now(),
    }));
    await next();
    if (!(c.error instanceof Refusal)) return;
    const twin = await replay();
    if (twin) c.res = twin;
  };
}

/** For operations whose answers are secrets and are not stored: a refusal is better than a retry that is not safe. */
export const noIdempotencyKey: MiddlewareHandler<Env> = async (c, next) => {
  if (c.req.header("Idempotency-Key") !== undefined)
    throw badKey("Not supported here: the answers are secrets, which are not stored.");
  return next();
};

function badKey(detail: string): Refusal {
  return invalidParameter("Idempotency-Key", detail);
}

function parseKey(header: string): string {
  const key = header.match(/^"(.*)"$/)?.[1] ?? header;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw badKey("Must be 1 to 255 printable ASCII characters.");
}

/** The same operation on the same thing with the same body, however its JSON is laid out. */
async function fingerprintOf(c: HonoContext<Env>, operationId: string): Promise<string> {
  const body = await jsonBody(c).then(canonical, () => c.req.text());
  const request = JSON.stringify([operationId, c.req.param("id")?.toLowerCase() ?? null, body]);
  return createHash("sha256").update(request).digest("hex");
}

function canonical(body: unknown): string {
  if (body === undefined) return "";
  const sorted = (_: string, value: unknown) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(body, sorted);
}

function isFresh(receipt: Receipt, now: Date): boolean {
  return receipt.createdAt > receiptsExpiredBy(now);
}

function answerAgain(c: HonoContext<Env>, receipt: Receipt, fingerprint: string): Response {
  if (receipt.fingerprint !== fingerprint) {
    throw new Refusal("idempotency_key_reused", "This key was used for another request. Use a new one.", {});
  }
  return c.body(receipt.body, receipt.status as 200, {
    "Content-Type": "application/json",
    "Idempotency-Replayed": "true",
    ...(receipt.location ? { Location: receipt.location } : {}),
    ...(receipt.etag ? { ETag: receipt.etag } : {}),
  });
}
