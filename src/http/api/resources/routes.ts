import type { Context } from "../../../operations/context.ts";
import { change } from "../../../operations/resources/change.ts";
import { create } from "../../../operations/resources/create.ts";
import { get } from "../../../operations/resources/get.ts";
import { list } from "../../../operations/resources/list.ts";
import { listBusy } from "../../../operations/resources/list-busy.ts";
import { remove } from "../../../operations/resources/remove.ts";
import { createApi } from "../../kit/endpoint.ts";
import { readPage } from "../../kit/pagination.ts";
import { present } from "../../kit/present.ts";
import { replies } from "../../kit/replies.ts";
import { etag, ifMatch } from "../../kit/version-headers.ts";
import { presentWritten } from "../../kit/written.ts";
import * as contract from "./contract.ts";
import { presentResource } from "./present.ts";

/** When it is taken and by how much; not by whom. */
const presentBusy = present(contract.Busy);

export function resourceRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.createResource, async (c) => {
    const reply = replies(c, presentResource, { status: 201, collection: "/api/resources" });
    return reply.send(await create(context, c.get("actor"), c.req.valid("json"), reply.keep));
  });

  on(contract.listResources, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "createdAt",
      (filter, page) => list(context, c.get("actor"), filter, page),
      presentResource,
    );
    return c.json(answer, 200);
  });

  on(contract.getResource, async (c) => {
    const resource = await get(context, c.get("actor"), c.req.valid("param").id);
    return c.json(presentResource(resource), 200, { ETag: etag(resource) });
  });

  on(contract.getBusy, async (c) => {
    const { from, to } = c.req.valid("query");
    const interval = { startTime: from, endTime: to };
    const busy = await listBusy(context, c.get("actor"), c.req.valid("param").id, interval);
    return c.json(presentBusy({ data: busy }), 200);
  });

  on(contract.changeResource, async (c) => {
    const { id } = c.req.valid("param");
    const accepts = ifMatch(c.req.valid("header")["if-match"]);
    const [actor, patch] = [c.get("actor"), c.req.valid("json")];
    const resource = await change(context, actor, id, patch, accepts);
    const shown = presentWritten(actor, "resources:read", presentResource, patch);
    return c.json(shown(resource) as never, 200, { ETag: etag(resource) });
  });

  on(contract.deleteResource, async (c) => {
    const accepts = ifMatch(c.req.valid("header")["if-match"]);
    await remove(context, c.get("actor"), c.req.valid("param").id, accepts);
    return c.body(null, 204);
  });

  return app;
}
