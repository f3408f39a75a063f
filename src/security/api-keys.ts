import { timingSafeEqual } from "node:crypto";
import type { Keys } from "../ports/keys.ts";

const form = /^bk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/**
 * `bk_<id>_<secret>`: recognizable to people and to scanners for leaked secrets, found by its id, and 256 random bits.
 */
export const apiKeys: Keys = {
  make: (id) => {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    return { key: `bk_${id.replaceAll("-", "")}_${secret}`, hash: sha256(secret).toString("hex") };
  },
  read: (key) => {
    const [, plain, secret] = key.match(form) ?? [];
    if (!plain || !secret) return null;
    const id = [8, 12, 16, 20].map((end, n, ends) => plain.slice(ends[n - 1] ?? 0, end)).join("-");
    return { id: `${id}-${plain.slice(20)}`, secret };
  },
  matches: (secret, hash) => timingSafeEqual(sha256(secret), Buffer.from(hash, "hex")),
};

function sha256(text: string): Buffer {
  return Buffer.from(new Bun.CryptoHasher("sha256").update(text).digest());
}
