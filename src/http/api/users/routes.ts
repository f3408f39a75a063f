import type { Context } from "../../../operations/context.ts";
import { change } from "../../../operations/users/change.ts";
import { create } from "../../../operations/users/create.ts";
import { erase } from "../../../operations/users/erase.ts";
import { exportPerson, type PersonalData } from "../../../operations/users/export.ts";
import { get } from "../../../operations/users/get.ts";
import { issueToken } from "../../../operations/users/issue-token.ts";
import { list } from "../../../operations/users/list.ts";
import { createApi } from "../../kit/endpoint.ts";
import { jsonStream } from "../../kit/json-stream.ts";
import { readPage } from "../../kit/pagination.ts";
import { present } from "../../kit/present.ts";
import { replies } from "../../kit/replies.ts";
import { presentWritten } from "../../kit/written.ts";
import { presentReminder } from "../bookings/present.ts";
import * as contract from "./contract.ts";
import { presentUser } from "./present.ts";

const presentToken = present(contract.Token);

/** Reminders as everywhere in the API; the rest as it is stored. */
async function* withReminders(pages: PersonalData["bookings"]) {
  for await (const rows of pages)
    yield rows.map((booking) => ({ ...booking, planned: booking.planned.map(presentReminder) }));
}

export function userRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.createUser, async (c) => {
    const reply = replies(c, presentUser, { status: 201, collection: "/api/users", etag: false });
    return reply.send(await create(context, c.get("actor"), c.req.valid("json"), reply.keep));
  });

  on(contract.listUsers, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "createdAt",
      (filter, page) => list(context, c.get("actor"), filter, page),
      presentUser,
    );
    return c.json(answer, 200);
  });

  on(contract.getUser, async (c) => {
    const user = await get(context, c.get("actor"), c.req.valid("param").id);
    return c.json(presentUser(user), 200);
  });

  on(contract.changeUser, async (c) => {
    const [actor, patch] = [c.get("actor"), c.req.valid("json")];
    const user = await change(context, actor, c.req.valid("param").id, patch);
    return c.json(presentWritten(actor, "users:read", presentUser, patch)(user) as never, 200);
  });

  on(contract.eraseUser, async (c) => {
    await erase(context, c.get("actor"), c.req.valid("param").id);
    return c.body(null, 204);
  });

  on(contract.exportUser, async (c) => {
    const { id } = c.req.valid("param");
    const personal = await exportPerson(context, c.get("actor"), id);
    const headers = {
      "Content-Type": "application/json",
      "Content-Disposition": `attachment; filename="${id}.json"`,
      "Cache-Control": "no-store",
    };
    return c.body(
      jsonStream({
        ...personal,
        user: presentUser(personal.user),
        bookings: withReminders(personal.bookings),
      }),
      200,
      headers,
    ) as never;
  });

  on(contract.createUserToken, async (c) => {
    const token = await issueToken(context, c.get("actor"), c.req.valid("param").id);
    return c.json(presentToken({ ...token, tokenType: "Bearer" }), 201, { "Cache-Control": "no-store" });
  });

  return app;
}
