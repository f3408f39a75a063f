import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail server on this machine that keeps what it takes; `refuse` answers a recipient with a code of its own. */
export type SmtpSink = {
  url: string;
  mails: ParsedMail[];
  /** The Message-ID of every message taken, repeats included. */
  messageIds: string[];
  refuse(code: number | null): void;
  /** Waits for a mail that matches, come or to come. */
  next(matches: (mail: ParsedMail) => boolean): Promise<ParsedMail>;
  stop(): Promise<void>;
};

async function whole(stream: AsyncIterable<Buffer>): Promise<string | null> {
  let text = "";
  try {
    for await (const chunk of stream) text += chunk.toString();
    return text;
  } catch {
    return null;
  }
}

export async function startSmtpSink({ parse = true } = {}): Promise<SmtpSink> {
  const mails: ParsedMail[] = [];
  const messageIds: string[] = [];
  let code: number | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    onRcptTo: (_address, _session, done) => {
      done(code === null ? null : Object.assign(new Error("not here"), { responseCode: code }));
    },
    onData: async (stream, _session, done) => {
      const text = await whole(stream);
      // The sender was killed amid the message: it was not taken.
      if (text === null) return done(new Error("incomplete"));
      messageIds.push(text.match(/^Message-ID: <(.*)>/im)?.[1] ?? "");
      if (parse) mails.push(await simpleParser(text));
      done();
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    messageIds,
    refuse: (wanted) => {
      code = wanted;
    },
    next: async (matches) => {
      for (const until = Date.now() + 15_000; Date.now() < until; await Bun.sleep(25)) {
        const found = mails.find(matches);
        if (found) return found;
      }
      throw new Error(`No such mail came, but ${mails.map((mail) => mail.subject).join(", ") || "none"}.`);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
