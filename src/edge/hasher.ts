import { WorkerEntrypoint } from "cloudflare:workers";
import type { PasswordHasher } from "../security/passwords.ts";
import { argon2Hash, argon2Verify } from "./argon2.ts";

/** Hashes passwords in a Worker of its own: their memory is not the object's. One takes about as long as 20 requests. */
export class Hasher extends WorkerEntrypoint implements PasswordHasher {
  async hash(password: string): Promise<string> {
    return argon2Hash(password);
  }

  async verify(password: string, hash: string): Promise<boolean> {
    return argon2Verify(hash, password);
  }
}
