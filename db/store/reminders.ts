import { eq } from "drizzle-orm";
import type { Store } from "../../src/ports/store.ts";
import type { Engine } from "../engines/engine.ts";

export function reminderQueries({ db, tables, among }: Engine): Store["reminders"] {
  const { tasks, bookings, resources, users } = tables;
  return {
    withBookings: (ids) =>
      db
        .select({
          id: tasks.id,
          state: tasks.state,
          booking: bookings,
          timezone: resources.timezone,
          owner: users,
        })
        .from(tasks)
        .innerJoin(bookings, eq(bookings.id, tasks.subjectId))
        .innerJoin(resources, eq(resources.id, bookings.resourceId))
        .innerJoin(users, eq(users.id, bookings.ownerId))
        .where(among(tasks.id, ids)),
  };
}
