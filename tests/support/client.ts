import { documentCheck } from "./document.ts";
import type { Harness, Person } from "./harness.ts";

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers freely; what they hold is checked against the document elsewhere.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  body: any;
};

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Calls the API as somebody, or as nobody. A string is sent as it is. */
export function callAs(
  send: (path: string, init: RequestInit) => Response | Promise<Response>,
  token?: string,
): Call {
  return async (method, path, body, headers = {}) => {
    const response = await send(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
  };
}

/** Calls the app of a harness. Every answer is held against the OpenAPI document. */
export function as(harness: Harness, person?: Person): Call {
  const call = callAs((path, init) => harness.app.request(path, init), person?.token);
  return async (method, path, body, headers) => {
    const answer = await call(method, path, body, headers);
    const check = await documentCheck(harness.app);
    const type = answer.headers.get("content-type");
    check(method, path, answer.status, type, type?.startsWith("text/") ? answer.text : answer.body);
    return answer;
  };
}

/** Someone with an account on a running server: `call` is theirs, `open` is nobody's. */
export async function signUp(
  url: string,
  name = "Ada Lovelace",
  email = `${crypto.randomUUID()}@example.com`,
) {
  const password = "password123";
  const send = (path: string, init: RequestInit) => fetch(`${url}${path}`, init);
  const open = callAs(send);
  const { body } = await open("POST", "/api/auth/register", { email, password, name });
  return {
    email,
    password,
    user: body.user,
    token: body.accessToken as string,
    open,
    call: callAs(send, body.accessToken),
  };
}
