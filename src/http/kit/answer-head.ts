import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "./env.ts";
import { isStreamed } from "./json-stream.ts";

/**
 * Answers HEAD as the GET of the same address, without its body (RFC 9110, 9.3.2). Everything inside sees a GET, so
 * that limits, measurements, compression and everything else that depends on the method treat it as a read.
 */
export function answerHead(app: OpenAPIHono<Env>): OpenAPIHono<Env> {
  const answer = app.fetch;
  app.fetch = (request, ...rest) => {
    if (request.method !== "HEAD") return answer(request, ...rest);
    return Promise.resolve(answer(new Request(request, { method: "GET" }), ...rest)).then(withoutBody);
  };
  return app;
}

/**
 * The head of a response, with the length of the body that is left out. A streamed body is not read for its length: GET
 * does not give one either. Its `Transfer-Encoding` keeps the server from saying that the length is 0.
 */
async function withoutBody(response: Response): Promise<Response> {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  if (response.body !== null && isStreamed(response.body)) {
    await response.body.cancel();
    headers.set("Transfer-Encoding", "chunked");
    return new Response(null, { status, statusText, headers });
  }
  if (response.body !== null && !headers.has("Content-Length")) {
    headers.set("Content-Length", String((await response.arrayBuffer()).byteLength));
  }
  return new Response(null, { status, statusText, headers });
}
