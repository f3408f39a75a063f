// What is used of Cloudflare's runtime. Its full types redefine the web's, which Bun's types define here.

declare module "cloudflare:workers" {
  export abstract class DurableObject<Environment = unknown> {
    constructor(ctx: import("./runtime.ts").ObjectState, env: Environment);
    protected ctx: import("./runtime.ts").ObjectState;
    protected env: Environment;
  }
  export abstract class WorkerEntrypoint<Environment = unknown> {
    protected env: Environment;
  }
}

/** The two ends of a new socket. */
declare const WebSocketPair: new () => Record<0 | 1, import("./runtime.ts").EdgeSocket>;

/** As the build puts it in: the file as base64. */
declare module "*.wasm" {
  const base64: string;
  export default base64;
}
