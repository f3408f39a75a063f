import type { ApiKey } from "../../../domain/people/api-key.ts";
import { create } from "../../../operations/api-keys/create.ts";
import { list } from "../../../operations/api-keys/list.ts";
import { revoke } from "../../../operations/api-keys/revoke.ts";
import type { Context } from "../../../operations/context.ts";
import { createApi } from "../../kit/endpoint.ts";
import { pageRequest, presentPage } from "../../kit/pagination.ts";
import * as contract from "./contract.ts";

export function apiKeyRoutes(context: Context) {
  const { app, on } = createApi(context);

  on(contract.createApiKey, async (c) => {
    const { apiKey, key } = await create(context, c.get("actor"), c.req.valid("json"));
    return c.json({ ...present(apiKey), key }, 201, { "Cache-Control": "no-store" });
  });

  on(contract.listApiKeys, async (c) => {
    const request = pageRequest(c.req.valid("query"), "createdAt");
    const found = await list(context, c.get("actor"), request);
    return c.json(
      presentPage(found, request, (apiKey) => apiKey.createdAt, present),
      200,
    );
  });

  on(contract.revokeApiKey, async (c) => {
    await revoke(context, c.get("actor"), c.req.valid("param").id);
    return c.body(null, 204);
  });

  return app;
}

/** Never the secret, nor its hash. */
function present(apiKey: ApiKey) {
  const { id, name, scopes, createdBy } = apiKey;
  return {
    id,
    name,
    prefix: `bk_${id.replaceAll("-", "")}_`,
    scopes,
    createdBy,
    expiresAt: apiKey.expiresAt?.toISOString() ?? null,
    lastUsedAt: apiKey.lastUsedAt?.toISOString() ?? null,
    revokedAt: apiKey.revokedAt?.toISOString() ?? null,
    createdAt: apiKey.createdAt.toISOString(),
  };
}
