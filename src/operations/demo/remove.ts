import { demoOrganization } from "../../domain/demo.ts";
import type { Context } from "../context.ts";

/** Removes the demo organization with everything in it. Returns how many rows, or null if there is none. */
export async function removeDemo(
  { store }: Pick<Context, "store">,
  onProgress: (removed: number) => void = () => {},
): Promise<number | null> {
  const organization = await store.organizations.bySlug(demoOrganization);
  if (!organization?.demo) return null;
  let removed = 0;
  for (;;) {
    const some = await store.removeDemo(organization.id);
    if (some === 0) return removed;
    removed += some;
    onProgress(removed);
  }
}
