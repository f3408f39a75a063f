import { cursorOf, encodeCursor } from "../../../domain/cursor.ts";
import { bookingNews, isAboutBooking } from "../../../domain/rooms.ts";
import type { Context } from "../../../operations/context.ts";
import { list } from "../../../operations/events/list.ts";
import { createApi } from "../../kit/endpoint.ts";
import * as contract from "./contract.ts";

export function eventRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.listEvents, async (c) => {
    const { after, limit } = c.req.valid("query");
    const { events, hasMore, nextCursor } = await list(context, c.get("actor"), { after, limit });
    const data = events.filter(isAboutBooking).map((event) => ({
      id: event.id,
      event: event.type,
      cursor: encodeCursor(cursorOf(event)),
      time: event.time.toISOString(),
      data: bookingNews(event),
    }));
    return c.json({ data, pagination: { limit, hasMore, nextCursor } } as never, 200);
  });

  return app;
}
