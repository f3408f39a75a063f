import { cursorOf, encodeCursor } from "../../../domain/cursor.ts";
import type { BookingEvent } from "../../../domain/event.ts";
import { bookingNews, isAboutBooking } from "../../../domain/rooms.ts";
import type { Context } from "../../../operations/context.ts";
import { list } from "../../../operations/events/list.ts";
import type { LogPosition } from "../../../ports/store.ts";
import { createApi } from "../../kit/endpoint.ts";
import { present } from "../../kit/present.ts";
import { shownChanges } from "../bookings/present.ts";
import * as contract from "./contract.ts";

const presentEvents = present(contract.Events);

export function eventRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.listEvents, async (c) => {
    const { after, limit } = c.req.valid("query");
    const { events, hasMore, nextCursor } = await list(context, c.get("actor"), { after, limit });
    const data = events.filter(isAboutBooking).map(withNews);
    return c.json(presentEvents({ data, pagination: { limit, hasMore, nextCursor } }), 200);
  });

  return app;
}

function withNews(event: BookingEvent & { position: LogPosition }) {
  const news = bookingNews(event);
  const changes = "changes" in event.data ? { changes: shownChanges(event.data.changes) } : {};
  return {
    ...event,
    event: event.type,
    cursor: encodeCursor(cursorOf(event)),
    data: { ...news, ...changes } as never,
  };
}
