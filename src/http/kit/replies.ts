import type { Context as HonoContext } from "hono";
import type { Receipt, Reply } from "../../domain/receipt.ts";
import type { Env } from "./env.ts";
import { etag } from "./version-headers.ts";

type Identified = { id: string; version: number };

/**
 * The success of an operation with an `Idempotency-Key`: one rendering, both for the wire and for the receipt that is
 * stored with the change, so that a replay has the same bytes.
 */
export function replies<T extends Identified>(
  c: HonoContext<Env>,
  present: (thing: T) => object,
  options: { status: 200 | 201; collection?: string; etag?: boolean },
) {
  const render = (thing: T): Reply => ({
    status: options.status,
    body: JSON.stringify(present(thing)),
    location: options.collection ? `${options.collection}/${thing.id}` : null,
    etag: options.etag === false ? null : etag(thing),
  });
  const store = c.get("receipt");
  return {
    keep: store && ((thing: T): Receipt => store(render(thing))),
    send: (thing: T) => {
      const { body, status, location, etag } = render(thing);
      const headers = { "Content-Type": "application/json", ...(location ? { Location: location } : {}) };
      return c.body(body, status as 200, { ...headers, ...(etag ? { ETag: etag } : {}) }) as never;
    },
  };
}
