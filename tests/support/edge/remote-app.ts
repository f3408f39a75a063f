type Env = { ip?: string; https?: boolean };

/** The application of a test object: `request` is Hono's, over the network. */
export function remoteApp(url: string, nowMs: () => number) {
  const request = async (path: string, init: RequestInit = {}, env: Env = {}) => {
    const headers = new Headers(init.headers);
    headers.set("X-Test-Now", String(nowMs()));
    headers.set("CF-Connecting-IP", env.ip ?? "unknown");
    if (env.https) headers.set("X-Test-Https", "1");
    return fetch(url + path, { ...init, headers, redirect: "manual", keepalive: false });
  };
  return { request };
}
