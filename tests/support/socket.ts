import { serverFrames } from "../../src/realtime/server-frames.ts";

export type Frame = {
  event: string;
  // Tests look into frames freely.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  data: any;
  ref?: string;
  room?: string;
  id?: string;
  cursor?: string;
};

/** A client of `/ws/` that keeps every frame. */
export class TestSocket {
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #waiting: { matches: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      const known = serverFrames.find(({ shape }) => shape.event.value === frame.event);
      // A frame that its own schema does not tell of can't be waited for: the test ends with what is wrong.
      if (known?.safeParse(frame).success) this.frames.push(frame);
      else throw new Error(`Not a frame of ours: ${data}`);
      for (const waiter of this.#waiting.filter(({ matches }) => matches(frame))) waiter.resolve(frame);
      this.#waiting = this.#waiting.filter(({ matches }) => !matches(frame));
    });
  }

  /** Opens a socket; with a token it signs in at the upgrade. */
  static async open(
    url: string,
    options: { token?: string; headers?: Record<string, string> } = {},
  ): Promise<TestSocket> {
    const headers = {
      ...(options.token ? { Authorization: `Bearer ${options.token}` } : {}),
      ...options.headers,
    };
    // Certificates in tests are their own authority.
    const tls = { rejectUnauthorized: false };
    const opened = new TestSocket(
      new WebSocket(`${url.replace("http", "ws")}/ws/`, { headers, tls } as never),
    );
    const refused = opened.closed.then(({ code }) =>
      Promise.reject(new Error(`The socket was closed: ${code}.`)),
    );
    await Promise.race([opened.next("connected"), refused]);
    // The socket may be closed at any time from now on: that is for `closed` to say.
    refused.catch(() => {});
    if (options.token) await opened.next("authenticated");
    return opened;
  }

  send(event: string, data: object, ref?: string): void {
    this.socket.send(JSON.stringify({ event, data, ...(ref ? { ref } : {}) }));
  }

  /** The first frame of this kind, come or to come. */
  next(event: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.#first(event, (frame) => frame.event === event && matches(frame));
  }

  #first(event: string, wanted: (frame: Frame) => boolean): Promise<Frame> {
    const come = this.frames.find(wanted);
    if (come) return Promise.resolve(come);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ matches: wanted, resolve });
      setTimeout(
        () => reject(new Error(`No ${event} came; ${JSON.stringify(this.frames.at(-1))}`)),
        10_000,
      ).unref();
    });
  }

  async ask(event: string, data: object, answer: string): Promise<Frame> {
    const ref = crypto.randomUUID();
    this.send(event, data, ref);
    return this.next(answer, (frame) => frame.ref === ref);
  }

  /** Asks, and takes whatever the answer is. */
  answer(event: string, data: object): Promise<Frame> {
    const ref = crypto.randomUUID();
    this.send(event, data, ref);
    return this.#first(`answer to ${event}`, (frame) => frame.ref === ref);
  }

  close(): void {
    this.socket.close();
  }
}
