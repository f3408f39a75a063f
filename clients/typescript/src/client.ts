import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Booking = components["schemas"]["Booking"];
export type Resource = components["schemas"]["Resource"];
export type User = components["schemas"]["User"];
/** The fields of every refusal; `conflicts` and `alternatives` come with `slot_taken`. */
export type Problem = components["schemas"]["Problem"];

type Options = {
  /** Where the service is, like `http://localhost:5000`. */
  baseUrl: string;
  /** Returns the current access token; called for each request. */
  token?: () => string | undefined;
  fetch?: (request: Request) => Promise<Response>;
};

/**
 * A client whose paths, parameters, bodies and answers are typed by the OpenAPI document.
 *
 * @example
 * const booking = createBookingClient({ baseUrl: "http://localhost:5000", token: () => accessToken });
 * const { data, error } = await booking.POST("/api/bookings", { body: { title, startTime, endTime } });
 */
export function createBookingClient({ baseUrl, token, fetch }: Options) {
  const client = createClient<paths>({ baseUrl, ...(fetch ? { fetch } : {}) });
  const authorization: Middleware = {
    onRequest({ request }) {
      const current = token?.();
      if (current) request.headers.set("Authorization", `Bearer ${current}`);
      return request;
    },
  };
  client.use(authorization);
  return client;
}
