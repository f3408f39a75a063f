import { WorkerEntrypoint } from "cloudflare:workers";
import Argon2 from "@phi-ag/argon2";
import wasm from "@phi-ag/argon2/argon2.wasm";
import { argon2Cost, type Hasher as Hashes } from "../security/passwords.ts";

// Code may only be compiled while the worker starts.
const compiled = new WebAssembly.Module(Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0)));
const argon2 = new Argon2(new WebAssembly.Instance(compiled));

/** Hashes passwords outside of the object, which answers others meanwhile. */
export class Hasher extends WorkerEntrypoint implements Hashes {
  async hash(password: string): Promise<string> {
    const { memoryKiB: memoryCost, passes: timeCost } = argon2Cost;
    return argon2.hash(password, { memoryCost, timeCost, parallelism: 1 }).encoded;
  }

  async verify(password: string, hash: string): Promise<boolean> {
    return argon2.tryVerify(hash, password).success;
  }
}
