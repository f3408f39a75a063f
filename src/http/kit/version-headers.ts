import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/refusal.ts";

/** `If-Match` (RFC 9110, 13.1.1): the versions a change may apply to; strong comparison. */
export const IfMatch = z.object({
  "if-match": z.string().max(500).optional().openapi({
    description:
      "The `ETag` that the change is based on, with its quotes. If the version has changed since, the answer is 412 `version_mismatch`.",
    example: '"1"',
  }),
});

export function etag(thing: { version: number }): string {
  return `"${thing.version}"`;
}

/**
 * Whether a version satisfies the header; undefined when there is none. A header that is not a list of entity tags
 * matches nothing, and the refusal says so, once it is known that the thing exists.
 */
export function ifMatch(header: string | undefined): ((version: number) => boolean) | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === "*") return () => true;
  const tags = entityTags(header);
  return (version) => {
    if (tags === null) throw new Refusal("version_mismatch", malformed(header, version), {});
    if (tags.includes(etag({ version }))) return true;
    const weak = tags.find((tag) => tag.startsWith("W/"));
    if (weak) throw new Refusal("version_mismatch", neverMatches(weak, version), {});
    return false;
  };
}

/** RFC 9110, 13.1.1. Proxies that compress answers make ETags weak. */
function neverMatches(weak: string, version: number): string {
  const strong = weak.slice("W/".length);
  return `A weak ETag never matches If-Match. Send ${strong} instead of ${weak}. The current version is ${etag({ version })}.`;
}

/** The tags of a list, weak ones with their `W/`, so that they equal no strong one; null when it is no such list. */
function entityTags(header: string): string[] | null {
  const elements = header.matchAll(element);
  const tags: string[] = [];
  let end = 0;
  for (const [all, tag] of elements) {
    end += all.length;
    if (tag !== undefined) tags.push(tag);
  }
  return end === header.length && tags.length > 0 ? tags : null;
}

/** An entity tag, or nothing, up to the next comma; commas within quotes are part of a tag. */
const element = /[ \t]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?[ \t]*(?:,|$)/gy;

function malformed(header: string, version: number): string {
  const like = `like ${etag({ version: 1 })}`;
  return header.includes('"')
    ? `If-Match must be one or more ETags with commas between, ${like}, or only *.`
    : `The quotes are missing from If-Match. Send the ETag with its quotes, ${like}. The current version is ${etag({ version })}.`;
}
