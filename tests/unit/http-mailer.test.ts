import { describe, expect, spyOn, test } from "bun:test";
import { httpMailer } from "../../src/mail/http-mailer.ts";
import type { OutgoingMail } from "../../src/ports/mailer.ts";
import { ChannelFault, sendWithinMs, Undeliverable } from "../../src/ports/notifier.ts";
import { loggableError } from "../../src/process/loggable-error.ts";

const key = "re_c4n4ry";
const from = "Booking <booking@example.org>";
const plain: OutgoingMail = {
  id: "m-1",
  to: "ada@example.com",
  subject: "Grüße",
  text: "T",
  html: "<p>H</p>",
};

type Asked = { method: string; path: string; headers: Headers; body: unknown };

/** A mail service on a port of its own, which answers as the test says and records what it is asked. */
async function withService(
  answer: () => Response | Promise<Response>,
  work: (service: { url: string; asked: Asked[]; send: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      const { method, headers, url } = request;
      asked.push({ method, headers, path: new URL(url).pathname, body: await request.json() });
      return answer();
    },
  });
  const url = `${server.url}emails`;
  const mailer = httpMailer({ url, key, from });
  try {
    await work({ url, asked, send: () => mailer.send(plain) });
  } finally {
    await server.stop(true);
  }
}

const refusal = (status: number, name = "") =>
  Response.json({ statusCode: status, name, message: `Not with ${key}.` }, { status });

const failure = (sent: Promise<void>): Promise<unknown> => sent.then(() => null).catch((error) => error);

/** An error as a log, a person or another program might come to see it. */
const seen = (error: unknown) =>
  [
    String(error),
    (error as Error).stack,
    Bun.inspect(error, { depth: 9 }),
    JSON.stringify(loggableError(error)),
  ].join();

/** The url of a port where nothing listens. */
async function nowhere(): Promise<string> {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  await server.stop(true);
  return `${server.url}emails`;
}

describe("a mail over HTTP", () => {
  test("is one request with everything in it", () =>
    withService(
      () => Response.json({ id: "49a3999c" }),
      async ({ asked, send }) => {
        await send();
        expect(asked).toHaveLength(1);
        const [{ method, path, headers, body } = {} as Asked] = asked;
        expect([method, path]).toEqual(["POST", "/emails"]);
        expect(body).toEqual({
          from,
          to: ["ada@example.com"],
          subject: "Grüße",
          text: "T",
          html: "<p>H</p>",
          headers: { "Idempotency-Key": "m-1" },
          attachments: [],
        });
        expect(headers.get("authorization")).toBe(`Bearer ${key}`);
        expect(headers.get("idempotency-key")).toBe("m-1");
        expect(headers.get("content-type")).toBe("application/json");
        expect(headers.get("user-agent")).toBe("booking");
      },
    ));

  test("has the booking as a file in base64, whatever characters it has", () =>
    withService(
      () => new Response(null, { status: 202 }),
      async ({ url, asked }) => {
        const calendar = `BEGIN:VCALENDAR\r\nSUMMARY:Büro 💣 ${"“x”".repeat(50_000)}\r\nEND:VCALENDAR`;
        await httpMailer({ url, key, from }).send({ ...plain, calendar });
        expect(asked[0]?.body).toMatchObject({
          attachments: [
            {
              filename: "booking.ics",
              content: Buffer.from(calendar).toString("base64"),
              content_type: "text/calendar; charset=utf-8; method=PUBLISH",
            },
          ],
        });
      },
    ));

  test("counts as sent when an earlier attempt got through with other words", () =>
    withService(
      () => refusal(409, "invalid_idempotent_request"),
      async ({ send }) => expect(await send()).toBeUndefined(),
    ));
});

describe("a refusal over HTTP", () => {
  const refuse = async (status: number) => {
    let error: unknown;
    await withService(
      () => refusal(status, "concurrent_idempotent_requests"),
      async ({ send }) => {
        error = await failure(send());
      },
    );
    expect(seen(error)).not.toContain(key);
    return error;
  };

  test("of this mail is for good", async () => {
    for (const status of [400, 404, 413, 422]) {
      const error = await refuse(status);
      expect(error).toBeInstanceOf(Undeliverable);
      expect((error as Error).message).toBe(`The mail server refuses this mail for good (${status}).`);
    }
  });

  test("of our key, of too many mails or of the moment is not", async () => {
    for (const status of [401, 403, 408, 409, 425, 429, 500, 502, 503, 529]) {
      const error = await refuse(status);
      expect(error).toBeInstanceOf(ChannelFault);
      expect((error as Error).message).toBe(`The mail server did not take this mail (${status}).`);
    }
  });

  test("holds up no other mail", () =>
    withService(
      () => refusal(503),
      async ({ asked, send }) => {
        expect([await failure(send()), await failure(send())]).toEqual([
          expect.any(ChannelFault),
          expect.any(ChannelFault),
        ]);
        expect(asked).toHaveLength(2);
      },
    ));

  test("is what a redirect is: it is not followed", () =>
    withService(
      () => Response.json({}),
      async ({ url: elsewhere, asked: stolen }) => {
        for (const status of [301, 302, 303, 307, 308]) {
          await withService(
            () => new Response(null, { status, headers: { Location: elsewhere } }),
            async ({ asked, send }) => {
              const error = await failure(send());
              expect(error).toBeInstanceOf(ChannelFault);
              expect((error as Error).message).toBe(`The mail server did not take this mail (${status}).`);
              expect(asked).toHaveLength(1);
            },
          );
        }
        expect(stolen).toEqual([]);
        expect((await fetch(elsewhere, { method: "POST", body: "{}" })).status).toBe(200);
      },
    ));
});

describe("a mail server that does not answer over HTTP", () => {
  test("is given its time, and no more", () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const limit = spyOn(AbortSignal, "timeout").mockImplementation(() => timeout(20));
    return withService(
      () => new Promise<never>(() => {}),
      async ({ asked, send }) => {
        const error = await failure(send());
        expect(error).toBeInstanceOf(ChannelFault);
        expect((error as Error).message).toBe("The mail server did not answer in time.");
        expect(seen(error)).not.toContain(key);
        expect(limit.mock.calls).toEqual([[sendWithinMs]]);
        expect(await failure(send())).toBeInstanceOf(ChannelFault);
        expect(asked).toHaveLength(1);
      },
    ).finally(() => limit.mockRestore());
  });

  /** How often a server that can't be reached was asked after each attempt, the last of them five seconds later. */
  async function attempts(
    forEach: () => Promise<(mail: OutgoingMail) => Promise<void>>,
    calls: () => number,
  ) {
    let now = 1_000;
    const clock = spyOn(performance, "now").mockImplementation(() => now);
    const counts: number[] = [];
    try {
      for (const time of [1_000, 1_000, 5_999, 6_000]) {
        now = time;
        const error = await failure((await forEach())(plain));
        expect(error).toBeInstanceOf(ChannelFault);
        expect((error as Error).message).toBe("The mail server could not be reached.");
        expect(seen(error)).not.toContain(key);
        counts.push(calls());
      }
    } finally {
      clock.mockRestore();
    }
    return counts;
  }

  test("is not asked again for five seconds", async () => {
    const url = await nowhere();
    const ask = spyOn({ fetch: (...request: Parameters<typeof fetch>) => fetch(...request) }, "fetch");
    const mailer = httpMailer({ url, key, from, fetch: ask });
    expect(
      await attempts(
        async () => mailer.send,
        () => ask.mock.calls.length,
      ),
    ).toEqual([1, 1, 1, 2]);
  });

  test("is asked every time by mailers that know nothing of each other (mutant)", async () => {
    const url = await nowhere();
    const ask = spyOn({ fetch: (...request: Parameters<typeof fetch>) => fetch(...request) }, "fetch");
    const fresh = async () => httpMailer({ url, key, from, fetch: ask }).send;
    expect(await attempts(fresh, () => ask.mock.calls.length)).toEqual([1, 2, 3, 4]);
  });
});

describe("the key of the mail server", () => {
  const malformed = `${key}\n${key}`;

  test("is refused before it is used where it can be no header, and is not told", () => {
    let error: unknown;
    try {
      httpMailer({ url: "http://127.0.0.1:1", key: malformed, from });
    } catch (thrown) {
      error = thrown;
    }
    expect((error as Error).message).toBe("The key of the mail server has characters that no key has.");
    expect(seen(error)).not.toContain(key);
  });

  test("is found in an error that tells it (mutant)", () => {
    expect(seen(new ChannelFault("No.", { cause: new TypeError(`Bearer ${key}`) }))).toContain(key);
  });
});
