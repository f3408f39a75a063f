import { z } from "@hono/zod-openapi";

/** `If-Match` (RFC 9110): the versions a change may apply to; strong comparison. */
export const IfMatch = z.object({
  "if-match": z.string().max(500).optional().openapi({
    description: "The `ETag` that the change is based on. Another version by now is 412 `version_mismatch`.",
    example: '"1"',
  }),
});

export function etag(thing: { version: number }): string {
  return `"${thing.version}"`;
}

/** Whether a version satisfies the header; undefined when there is none. */
export function ifMatch(header: string | undefined): ((version: number) => boolean) | undefined {
  if (header === undefined) return undefined;
  const accepted = header.split(",").map((tag) => tag.trim());
  return (version) => accepted.includes("*") || accepted.includes(`"${version}"`);
}
