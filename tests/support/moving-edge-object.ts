import { BookingObject } from "./edge/object.ts";

export { default, Hasher, Registry } from "./edge/object.ts";

/** The object of the other tests. One whose name ends with `.unfrozen` is written to during a backup. */
class MovedObject extends BookingObject {
  protected override options() {
    const { name = "" } = (this.ctx as unknown as { id: { name?: string } }).id;
    const { refuseWrites, ...options } = super.options();
    return name.endsWith(".unfrozen") ? options : { ...options, refuseWrites };
  }
}

export { MovedObject as BookingObject };
