import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Keys } from "../ports/keys.ts";

const form = /^bk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/**
 * `bk_<id>_<secret>`: recognizable to people and to scanners for leaked secrets, found by its id, and 256 random bits.
 */
export const apiKeys: Keys = {
  make: (id) => {
    const secret = randomBytes(32).toString("base64url");
    return { key: `bk_${id.replaceAll("-", "")}_${secret}`, hash: sha256(secret) };
  },
  read: (key) => {
    const [, plain, secret] = key.match(form) ?? [];
    if (!plain || !secret) return null;
    const id = [8, 12, 16, 20].map((end, n, ends) => plain.slice(ends[n - 1] ?? 0, end)).join("-");
    return { id: `${id}-${plain.slice(20)}`, secret };
  },
  matches: (secret, hash) => {
    const encoder = new TextEncoder();
    const [ours, theirs] = [encoder.encode(sha256(secret)), encoder.encode(hash)];
    return ours.length === theirs.length && timingSafeEqual(ours, theirs);
  },
};

/** In hexadecimal. */
function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
