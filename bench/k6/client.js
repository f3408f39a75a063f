import http from "k6/http";

/**
 * What the scripts ask for: method, path, and a body that is taken. `bun run check` holds each against the OpenAPI document,
 * by the names of its operations, so that the scripts can't fall behind.
 */
const operations = JSON.parse(open("./operations.json"));
const baseUrl = __ENV.BASE_URL || "http://localhost:5000";

/**
 * Calls an operation by its name. `options`: `token`, `id` for the path, `body` and `query` on top of the example, `headers`,
 * and `expected`, the statuses that count as success.
 */
export function call(name, { token, id, body, query, headers = {}, expected = [200, 201] } = {}) {
  const operation = operations[name];
  const parameters = Object.entries({ ...operation.query, ...query });
  const search = parameters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  const url = `${baseUrl}${operation.path.replace("{id}", id)}${search && `?${search}`}`;
  const payload = operation.body ? JSON.stringify({ ...operation.body, ...body }) : null;
  return http.request(operation.method, url, payload, {
    headers: {
      ...(payload ? { "Content-Type": "application/json" } : {}),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    tags: { name },
    responseCallback: http.expectedStatuses(...expected),
  });
}

/** Signs an admin in, and makes rooms for them: what the scripts start with. */
export function setUp(rooms) {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = __ENV;
  if (!email || !password) throw new Error("Give ADMIN_EMAIL and ADMIN_PASSWORD: k6 run -e ADMIN_EMAIL=… …");
  const signedIn = call("login", { body: { email, password } });
  if (signedIn.status !== 200) throw new Error(`Could not sign in: ${signedIn.status} ${signedIn.body}`);
  const token = signedIn.json("accessToken");
  const made = Array.from({ length: rooms }, (_, n) =>
    call("createResource", { token, body: { name: `k6 ${n}` } }).json("id"),
  );
  return { token, rooms: made };
}

/** A slot of half an hour that no other iteration of any user asks for. */
export function freeSlot(user, iteration) {
  const start = Date.UTC(2031, 0, 1) + user * 366 * 86_400_000 + iteration * 1_800_000;
  return { startTime: new Date(start).toISOString(), endTime: new Date(start + 1_800_000).toISOString() };
}
