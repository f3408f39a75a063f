import { describe, expect, test } from "bun:test";
import type { ParsedMail } from "mailparser";
import { signUp } from "../support/client.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { reminded } from "../support/reminded.ts";
import { run, type Server, startServer, stopServer } from "../support/server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";

const password = "password123";

/** A server on SQLite with a mail server of the test's own. */
function withMail(
  work: (world: { server: Server; sink: SmtpSink; cwd: string }) => Promise<void>,
): Promise<void> {
  return inEmptyFolder(async (cwd) => {
    const sink = await startSmtpSink();
    const env = {
      SMTP_URL: sink.url,
      MAIL_FROM: "Booking <booking@example.org>",
      PUBLIC_URL: "https://b.example.org",
    };
    const server = await startServer({ cwd, env });
    try {
      await work({ server, sink, cwd });
    } finally {
      await stopServer(server);
      await sink.stop();
    }
  });
}

const sentTo = (email: string, subject: string) => (mail: ParsedMail) =>
  JSON.stringify(mail.to).includes(email) && (mail.subject ?? "").includes(subject);

/** The token behind the `#` of the link in a mail. */
const tokenIn = (mail: ParsedMail) =>
  mail.text?.match(/https:\/\/b\.example\.org\/account\/[a-z-]+#(\S+)/)?.[1] ?? "";

describe("mail", () => {
  test("verifies an address by a link that works once, and reminds there from then on", () =>
    withMail(async ({ server, sink }) => {
      expect(((await (await fetch(`${server.url}/health`)).json()) as { channels: object }).channels).toEqual(
        {
          websocket: "on",
          email: "on",
        },
      );
      const { email, open, call } = await signUp(server.url, "Ada <Lovelace>");
      expect((await call("GET", "/api/auth/me")).body.emailVerified).toBe(false);
      const book = (title: string, hoursLater: number) =>
        call("POST", "/api/bookings", {
          ...reminded({ title, channel: "email", dueInMs: 700, hoursLater }),
          location: "Room <1>",
        });
      const reminderOf = async (id: string) =>
        (await call("GET", `/api/bookings/${id}/reminders`)).body.data[0];
      const { body: early } = await book("Too early", 0);
      while ((await reminderOf(early.id)).status === "scheduled") await Bun.sleep(25);
      expect(await reminderOf(early.id)).toMatchObject({
        status: "skipped",
        reason: "The owner's email address is not verified.",
      });

      const mail = await sink.next(sentTo(email, "Confirm your email address"));
      expect(mail.html).toContain("Hello,");
      expect(JSON.stringify([mail.html, mail.text, mail.headers.get("to")])).not.toContain("Ada");
      const token = tokenIn(mail);
      const forged = await open("POST", "/api/auth/verify-email", { token: `${token.slice(0, -3)}abc` });
      expect([forged.status, forged.body.errors[0].pointer]).toEqual([400, "/token"]);
      const elsewhere = { token, newPassword: "password456" };
      expect((await open("POST", "/api/auth/reset-password", elsewhere)).status).toBe(400);
      expect(
        (await open("GET", "/api/auth/me", undefined, { Authorization: `Bearer ${token}` })).status,
      ).toBe(401);
      expect((await open("POST", "/api/auth/verify-email", { token })).status).toBe(204);
      expect((await open("POST", "/api/auth/verify-email", { token })).status).toBe(400);
      expect((await call("GET", "/api/auth/me")).body.emailVerified).toBe(true);

      // A title is one line; in a description line ends are fine.
      expect((await book("Split\r\nBcc: evil@example.com", 1)).status).toBe(400);

      const { body: booking } = await book("Review & <plan>", 1);
      const reminder = await sink.next(sentTo(email, "Reminder: Review & <plan>"));
      const { id, status } = await reminderOf(booking.id);
      expect([reminder.messageId, reminder.headers.get("idempotency-key")]).toEqual([
        `<${id}@example.org>`,
        id,
      ]);
      expect(reminder.from?.text).toBe('"Booking" <booking@example.org>');
      expect(reminder.text).toContain("Where: Room <1>");
      expect(reminder.html).toContain("Review &amp; &lt;plan&gt;");
      const calendar =
        reminder.attachments.find((part) => part.filename === "booking.ics")?.content.toString() ?? "";
      expect(calendar).toContain(`UID:${booking.id}`);
      expect(calendar).toContain("SUMMARY:Review & <plan>");
      expect(calendar).toContain("SEQUENCE:1");
      expect(["sending", "sent"]).toContain(status);
    }));

  test("recovers a forgotten password, telling nobody whether there is such an account", () =>
    withMail(async ({ server, sink }) => {
      const { email, open, call } = await signUp(server.url, "Grace");
      const forgot = (address: string) => open("POST", "/api/auth/forgot-password", { email: address });
      const [known, unknown] = [await forgot(email), await forgot("nobody@example.com")];
      expect([known.status, known.text]).toEqual([202, ""]);
      expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
      const token = tokenIn(await sink.next(sentTo(email, "Choose a new password")));
      await forgot(email);
      const reset = (newPassword: string) => open("POST", "/api/auth/reset-password", { token, newPassword });
      expect((await reset("short")).body.errors[0].pointer).toBe("/newPassword");
      const twins = await Promise.all([reset("password456"), reset("password789")]);
      expect(twins.map(({ status }) => status).sort()).toEqual([204, 400]);
      const chosen = twins[0]?.status === 204 ? "password456" : "password789";
      expect((await call("GET", "/api/auth/me")).status).toBe(401);
      expect((await open("POST", "/api/auth/login", { email, password })).status).toBe(401);
      const signedIn = await open("POST", "/api/auth/login", { email, password: chosen });
      expect([signedIn.status, signedIn.body.user.emailVerified]).toEqual([200, true]);
      expect(sink.mails.filter(sentTo(email, "Choose a new password"))).toHaveLength(1);
      expect(sink.mails.filter(sentTo("nobody@example.com", ""))).toEqual([]);
    }));

  test("outdates every link for a password when the password is changed otherwise", () =>
    withMail(async ({ server, sink }) => {
      const { email, open, call } = await signUp(server.url, "Ada <Lovelace>");
      await open("POST", "/api/auth/forgot-password", { email });
      const token = tokenIn(await sink.next(sentTo(email, "Choose a new password")));
      await call("POST", "/api/auth/password", { currentPassword: password, newPassword: "password456" });
      expect(
        (await open("POST", "/api/auth/reset-password", { token, newPassword: "password789" })).status,
      ).toBe(400);
    }));

  test("that the server refuses for good fails at once and stays visible; what is only late is tried again", () =>
    withMail(async ({ server, sink, cwd }) => {
      const { email, open, call } = await signUp(server.url, "Ada <Lovelace>");
      await open("POST", "/api/auth/verify-email", {
        token: tokenIn(await sink.next(sentTo(email, "Confirm"))),
      });
      const book = async (title: string, hoursLater: number) => {
        const { body } = await call(
          "POST",
          "/api/bookings",
          reminded({ title, channel: "email", dueInMs: 300, hoursLater }),
        );
        return body.id as string;
      };
      const reminderOf = async (id: string) =>
        (await call("GET", `/api/bookings/${id}/reminders`)).body.data[0];
      sink.refuse(550);
      const refused = await book("Refused", 0);
      while ((await reminderOf(refused)).status !== "failed") await Bun.sleep(25);
      expect(await reminderOf(refused)).toMatchObject({
        attempts: 1,
        reason: "The mail server refuses this mail for good (550).",
        nextAttemptAt: null,
      });
      sink.refuse(451);
      const late = await book("Late", 1);
      while ((await reminderOf(late)).attempts === 0 || (await reminderOf(late)).status === "sending")
        await Bun.sleep(25);
      expect(await reminderOf(late)).toMatchObject({
        status: "scheduled",
        reason: "The mail server did not take this mail (451).",
      });
      sink.refuse(null);
      const retried = await run(["jobs", "retry"], { cwd, env: { SMTP_URL: sink.url } });
      expect([retried.code, retried.output]).toEqual([0, "Retrying 1 failed job now.\n"]);
      await sink.next(sentTo(email, "Reminder: Refused"));
      await sink.next(sentTo(email, "Reminder: Late"));
    }));

  test("is not there without SMTP_URL, and says so", () =>
    inEmptyFolder(async (cwd) => {
      const server = await startServer({ cwd });
      expect(server.output()).toMatch(/Remind +over WebSocket$/m);
      const { email, open, call } = await signUp(server.url, "Ada <Lovelace>");
      const forgot = await open("POST", "/api/auth/forgot-password", { email });
      expect([forgot.status, forgot.body.detail]).toEqual([
        403,
        expect.stringContaining("booking admin reset-password"),
      ]);
      expect((await call("POST", "/api/auth/verify-email/resend")).status).toBe(403);
      const { body } = await call("POST", "/api/bookings", reminded({ channel: "email", dueInMs: 300 }));
      const reminder = async () => (await call("GET", `/api/bookings/${body.id}/reminders`)).body.data[0];
      while ((await reminder()).status !== "skipped") await Bun.sleep(25);
      expect((await reminder()).reason).toBe("The channel email is not configured here.");
      await stopServer(server);
    }));
});
