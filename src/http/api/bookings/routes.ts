import { cancel } from "../../../operations/bookings/cancel.ts";
import { change } from "../../../operations/bookings/change.ts";
import { create } from "../../../operations/bookings/create.ts";
import { get } from "../../../operations/bookings/get.ts";
import { list } from "../../../operations/bookings/list.ts";
import { listHistory } from "../../../operations/bookings/list-history.ts";
import { listReminders } from "../../../operations/bookings/list-reminders.ts";
import type { Context } from "../../../operations/context.ts";
import { createApi } from "../../kit/endpoint.ts";
import { readPage } from "../../kit/pagination.ts";
import { replies } from "../../kit/replies.ts";
import { etag, ifMatch } from "../../kit/version-headers.ts";
import { presentWritten } from "../../kit/written.ts";
import * as contract from "./contract.ts";
import { presentBooking, presentHistoryEntry, presentReminder } from "./present.ts";
import { getBookingReminders } from "./reminder-contract.ts";

export function bookingRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.createBooking, async (c) => {
    const reply = replies(c, presentBooking, { status: 201, collection: "/api/bookings" });
    return reply.send(await create(context, c.get("actor"), c.req.valid("json"), reply.keep));
  });

  on(contract.listBookings, async (c) => {
    const query = c.req.valid("query");
    const answer = await readPage(
      query,
      query.sort,
      (filter, page) => list(context, c.get("actor"), filter, page),
      presentBooking,
    );
    return c.json(answer, 200);
  });

  on(contract.getBooking, async (c) => {
    const booking = await get(context, c.get("actor"), c.req.valid("param").id);
    return c.json(presentBooking(booking), 200, { ETag: etag(booking) });
  });

  on(contract.getBookingHistory, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "version",
      (_, page) => listHistory(context, c.get("actor"), c.req.valid("param").id, page),
      presentHistoryEntry,
    );
    return c.json(answer, 200);
  });

  on(getBookingReminders, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "dueAt",
      (_, page) => listReminders(context, c.get("actor"), c.req.valid("param").id, page),
      presentReminder,
    );
    return c.json(answer, 200);
  });

  on(contract.changeBooking, async (c) => {
    const { id } = c.req.valid("param");
    const accepts = ifMatch(c.req.valid("header")["if-match"]);
    const [actor, patch] = [c.get("actor"), c.req.valid("json")];
    const booking = await change(context, actor, id, patch, accepts);
    const present = presentWritten(actor, "bookings:read", presentBooking, patch);
    return c.json(present(booking) as never, 200, { ETag: etag(booking) });
  });

  on(contract.cancelBooking, async (c) => {
    const present = presentWritten(c.get("actor"), "bookings:read", presentBooking);
    const reply = replies(c, present, { status: 200 });
    const accepts = ifMatch(c.req.valid("header")["if-match"]);
    const options = { ...c.req.valid("json"), ifMatch: accepts, keep: reply.keep };
    return reply.send(await cancel(context, c.get("actor"), c.req.valid("param").id, options));
  });

  on(contract.deleteBooking, async (c) => {
    const accepts = ifMatch(c.req.valid("header")["if-match"]);
    await cancel(context, c.get("actor"), c.req.valid("param").id, { ifMatch: accepts });
    return c.body(null, 204);
  });

  return app;
}
