import wasm from "@phi-ag/argon2/argon2.wasm";
import { argon2Cost } from "../security/passwords.ts";

/** The functions of the reference implementation in C (argon2.h) that are used here. Pointers are offsets in `memory`. */
type Exports = {
  memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  argon2_encodedlen(...cost: number[]): number;
  argon2_hash(...args: number[]): number;
  argon2_verify(encoded: number, password: number, passwordBytes: number, type: number): number;
};

const argon2id = 2;
const version13 = 0x13;
const sizes = { salt: 16, hash: 32 };
const verifyMismatch = -35;

// Code may only be compiled while the worker starts.
const compiled = new WebAssembly.Module(Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0)));
const exported = new WebAssembly.Instance(compiled).exports as unknown as Exports;
exported._initialize();

// Not the class of the package: it takes a password's length in characters for its length in bytes, and cuts it short.
const encoder = new TextEncoder();

/** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…`. Throws when the memory is not there. */
export function argon2Hash(password: string): string {
  const { memoryKiB, passes } = argon2Cost;
  const cost = [passes, memoryKiB, 1] as const;
  const salt = crypto.getRandomValues(new Uint8Array(sizes.salt));
  const length = exported.argon2_encodedlen(...cost, sizes.salt, sizes.hash, argon2id);
  const bytes = encoder.encode(password);
  return withMemory([bytes, salt, new Uint8Array(sizes.hash), new Uint8Array(length)], (pointers) => {
    const [passwordAt = 0, saltAt = 0, hashAt = 0, encodedAt = 0] = pointers;
    const output = [hashAt, sizes.hash, encodedAt, length, argon2id, version13];
    const code = exported.argon2_hash(...cost, passwordAt, bytes.length, saltAt, sizes.salt, ...output);
    if (code !== 0) throw new Error(`Argon2 could not hash a password (${code}).`);
    // Without the zero at its end.
    return new TextDecoder().decode(new Uint8Array(exported.memory.buffer, encodedAt, length - 1));
  });
}

/** Whether a PHC string is of this password. Throws for anything but a yes or a no: a string that is not one, no memory. */
export function argon2Verify(encoded: string, password: string): boolean {
  const bytes = encoder.encode(password);
  return withMemory([encoder.encode(`${encoded}\0`), bytes], ([encodedAt = 0, passwordAt = 0]) => {
    const code = exported.argon2_verify(encodedAt, passwordAt, bytes.length, argon2id);
    if (code !== 0 && code !== verifyMismatch)
      throw new Error(`Argon2 could not verify a password (${code}).`);
    return code === 0;
  });
}

/** Copies arrays into the memory of the module, and overwrites and frees them afterwards. */
function withMemory<T>(arrays: Uint8Array[], work: (pointers: number[]) => T): T {
  const copies = arrays.map((array) => {
    const at = exported.malloc(Math.max(1, array.length));
    if (at === 0) throw new Error("Argon2 has no memory.");
    return { at, length: array.length, array };
  });
  for (const { at, array } of copies) new Uint8Array(exported.memory.buffer).set(array, at);
  try {
    return work(copies.map(({ at }) => at));
  } finally {
    for (const { at, length } of copies) {
      new Uint8Array(exported.memory.buffer, at, length).fill(0);
      exported.free(at);
    }
  }
}
