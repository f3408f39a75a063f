import { defaultOrganization } from "../../domain/people/organization.ts";
import type { RefusalCode } from "../../domain/refusal.ts";
import type { RefusalCount, RefusalLog } from "../../ports/audit.ts";
import type { Context } from "../context.ts";

/** The most callers that are counted separately within a minute. */
const maxCallers = 1_000;

type Needs = Pick<Context, "store" | "clock" | "newId">;
type Refused = { organizationId: string | null; actorId: string | null; ip: string; code: RefusalCode };

/** Counts refusals in memory; `flush` writes one row per caller and code. */
export function createRefusalLog({ store, clock, newId }: Needs): RefusalLog & { flush(): Promise<void> } {
  let counts = new Map<string, { refused: Refused; count: number }>();
  return {
    count: ({ code }, actor, ip) => {
      if (!audited.has(code)) return;
      const { organizationId = null, userId: actorId = null } = actor ?? {};
      const refused: Refused = { organizationId, actorId, ip, code };
      const known = counts.size < maxCallers;
      const counted = known ? refused : { ...refused, organizationId: null, actorId: null, ip: "others" };
      const key = [counted.actorId, counted.ip, counted.code].join(" ");
      const entry = counts.get(key) ?? { refused: counted, count: 0 };
      entry.count += 1;
      counts.set(key, entry);
    },
    flush: async () => {
      const written = counts;
      if (written.size === 0) return;
      counts = new Map();
      const home = await store.organizations.bySlug(defaultOrganization);
      const time = clock.now();
      const rows = [...written.values()].map(({ refused, count }): RefusalCount => {
        const { actorId, ip, code } = refused;
        const organizationId = refused.organizationId ?? home?.id ?? "";
        return { id: newId(), organizationId, actorId, code, data: { code, count, ip }, time };
      });
      try {
        await store.audit.appendRefusals(rows);
      } catch (error) {
        // For the next time, with what was counted meanwhile.
        for (const [key, { refused, count }] of written) {
          const since = counts.get(key)?.count ?? 0;
          counts.set(key, { refused, count: count + since });
        }
        throw error;
      }
    },
  };
}

/** Refusals that suggest that someone is trying what they may not do. */
const audited: ReadonlySet<RefusalCode> = new Set([
  "unauthenticated",
  "invalid_credentials",
  "token_reused",
  "forbidden",
  "rate_limited",
]);
