import type { ApiKey } from "../../../domain/people/api-key.ts";
import { create } from "../../../operations/api-keys/create.ts";
import { list } from "../../../operations/api-keys/list.ts";
import { revoke } from "../../../operations/api-keys/revoke.ts";
import type { Context } from "../../../operations/context.ts";
import { createApi } from "../../kit/endpoint.ts";
import { readPage } from "../../kit/pagination.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";

const presentKey = present(contract.ApiKey);
const presentNewKey = present(contract.NewApiKey);

export function apiKeyRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.createApiKey, async (c) => {
    const { apiKey, key } = await create(context, c.get("actor"), c.req.valid("json"));
    return c.json(presentNewKey({ ...withPrefix(apiKey), key }), 201, { "Cache-Control": "no-store" });
  });

  on(contract.listApiKeys, async (c) => {
    const answer = await readPage(
      c.req.valid("query"),
      "createdAt",
      (_, page) => list(context, c.get("actor"), page),
      (apiKey) => presentKey(withPrefix(apiKey)),
    );
    return c.json(answer, 200);
  });

  on(contract.revokeApiKey, async (c) => {
    await revoke(context, c.get("actor"), c.req.valid("param").id);
    return c.body(null, 204);
  });

  return app;
}

/** How the key begins, which is made from its id. */
function withPrefix(apiKey: ApiKey) {
  return { ...apiKey, prefix: `bk_${apiKey.id.replaceAll("-", "")}_` };
}
