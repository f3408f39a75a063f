import { and, sql } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";
import { overlappingClaims } from "./claims.ts";
import { bookingPages } from "./list-bookings.ts";
import { given, lookup, madeOnce } from "./lookup.ts";

export function bookingQueries(engine: Engine, maxLookedAt?: number): Store["bookings"] {
  const { db, tables, among } = engine;
  const { bookings } = tables;

  const byId = lookup(() =>
    db
      .select()
      .from(bookings)
      .where(and(given(bookings.organizationId, "organizationId"), given(bookings.id, "id")))
      .prepare("booking_by_id"),
  );

  const byIds = madeOnce(() =>
    db
      .select()
      .from(bookings)
      .where(among(bookings.id, sql.placeholder("ids")))
      .prepare("bookings_by_id"),
  );

  return {
    byId: (organizationId, id) => byId({ organizationId, id }),
    byIds: async (keys) => {
      const found = await byIds({ ids: JSON.stringify(keys.map(({ id }) => id)) });
      const known = new Map(found.map((booking) => [`${booking.organizationId} ${booking.id}`, booking]));
      return keys.map(({ organizationId, id }) => known.get(`${organizationId} ${id}`) ?? null);
    },
    list: bookingPages(engine, maxLookedAt),
    overlapping: overlappingClaims(engine),
  };
}
