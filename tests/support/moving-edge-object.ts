import { BookingObject } from "./edge/object.ts";

export { default, Hasher, Registry } from "./edge/object.ts";

/**
 * The object of the other tests. One with `.unfrozen` in its name is written to whatever moves, and one with `.slow`
 * hashes passwords only once a restore has begun.
 */
class MovedObject extends BookingObject {
  protected override options() {
    const { name = "" } = (this.ctx as unknown as { id: { name?: string } }).id;
    const { refuseWrites, env, ...options } = super.options();
    const { HASHER } = env;
    const hash = async (password: string) => {
      while (this.ctx.storage.kv.get("restore") === undefined)
        await new Promise((resume) => setTimeout(resume, 10));
      return HASHER.hash(password);
    };
    return {
      ...options,
      env: name.includes(".slow") ? { ...env, HASHER: { hash, verify: HASHER.verify } } : env,
      ...(name.includes(".unfrozen") ? {} : { refuseWrites }),
    };
  }
}

export { MovedObject as BookingObject };
