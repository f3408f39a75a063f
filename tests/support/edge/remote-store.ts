import type { Store } from "../../../src/ports/store.ts";
import { askObject } from "./runtime.ts";

type Shape = "function" | { value: unknown } | { members: Record<string, Shape> };

/** The store of a test object, by remote calls: the same methods with the same answers and refusals. */
export async function remoteStore(url: string, nowMs?: () => number): Promise<Store> {
  const build = (shape: Shape, path: string[]): unknown => {
    if (shape === "function")
      return (...args: unknown[]) => askObject(url, "store", { path, args }, nowMs?.());
    if ("value" in shape) return shape.value;
    const members = Object.entries(shape.members).map(([key, inner]) => [key, build(inner, [...path, key])]);
    return Object.fromEntries(members);
  };
  const store = build((await askObject(url, "shape", null, nowMs?.())) as Shape, []) as Store;
  // The object stays: others use it.
  return { ...store, close: async () => {} };
}
