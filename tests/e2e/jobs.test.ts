import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { callAs } from "../support/client.ts";
import { createDatabase, runSql } from "../support/databases.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { overflows } from "../support/page-widths.ts";
import { describeOnRedis, redisUrl } from "../support/redis.ts";
import { reminded } from "../support/reminded.ts";
import { type Server, startServer, startWorkerProcess, stopServer } from "../support/server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";

/** Set to keep what the pages looked like. */
const screenshots = process.env.TEST_SCREENSHOTS;
const admin = { username: "root@example.com", password: "password123" };
const adminEnv = { ADMIN_EMAIL: admin.username, ADMIN_PASSWORD: admin.password };

/** Signs in the admin at the API, and books something that is reminded of by mail in a moment. */
async function bookSoon(server: Server): Promise<string> {
  const open = callAs((path, init) => fetch(`${server.url}${path}`, init));
  const { body } = await open("POST", "/api/auth/login", { email: admin.username, password: admin.password });
  const call = callAs((path, init) => fetch(`${server.url}${path}`, init), body.accessToken);
  const made = await call(
    "POST",
    "/api/bookings",
    reminded({ title: "Secret plan", channel: "email", dueInMs: 500 }),
  );
  return made.body.id;
}

async function untilReminderIs(database: string, bookingId: string, state: string): Promise<void> {
  for (;;) {
    const [row] = await runSql(database, `select state from tasks where subject_id = '${bookingId}'`);
    if (row?.state === state) return;
    await Bun.sleep(50);
  }
}

/** Everything that a page asked for, and everything that it complained of. */
function watch(page: Page) {
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return { requested, complaints };
}

async function keep(page: Page, name: string): Promise<void> {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}

describe.skipIf(!chromiumPath)("the job page in Chromium, with no network but this machine", () => {
  describeOnRedis("Bull Board", () => {
    test("shows what failed, and an admin has it tried again", async () => {
      const database = await createDatabase("postgres");
      const sink = await startSmtpSink();
      const env = {
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl ?? "",
        SMTP_URL: sink.url,
        MAIL_FROM: "booking@example.org",
        ...adminEnv,
      };
      const server = await startServer({ env });
      const worker = await startWorkerProcess({ env });
      const browser = await openBrowser();
      try {
        sink.refuse(550);
        const bookingId = await bookSoon(server);
        await untilReminderIs(database.url, bookingId, "failed");

        const context = await browser.newContext({
          httpCredentials: { ...admin, send: "unauthorized" },
          viewport: { width: 1280, height: 900 },
        });
        const page = await context.newPage();
        const { requested, complaints } = watch(page);
        await page.goto(`${worker.url}/jobs/`);
        await page.getByText("email-reminder").first().waitFor();
        await keep(page, "jobs-queues");
        await page.goto(`${worker.url}/jobs/queue/email-reminder?status=failed`);
        await page.getByText("The mail server refuses this mail for good (550).").first().waitFor();
        await keep(page, "jobs-failed");
        expect(await page.content()).not.toContain("Secret plan");

        sink.refuse(null);
        await page.getByRole("button", { name: /retry/i }).last().click();
        const confirm = page.getByRole("button", { name: /confirm/i });
        await confirm.click({ timeout: 3_000 });
        await untilReminderIs(database.url, bookingId, "done");
        await sink.next((mail) => mail.subject === "Reminder: Secret plan");
        await page.setViewportSize({ width: 390, height: 844 });
        await keep(page, "jobs-narrow");
        expect(await overflows(page)).toEqual([]);

        expect(requested.filter((url) => !url.startsWith(worker.url) && !url.startsWith("data:"))).toEqual(
          [],
        );
        // The browser reports the 401 that asks for the password itself as an error; nothing else may be one.
        expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
      } finally {
        await browser.close();
        await Promise.all([server, worker].map(stopServer));
        await sink.stop();
        await database.drop();
      }
    }, 60_000);
  });

  test(
    "of one process shows the ledger, to admins",
    () =>
      inEmptyFolder(async (cwd) => {
        const sink = await startSmtpSink();
        sink.refuse(550);
        const server = await startServer({ cwd, env: { SMTP_URL: sink.url, ...adminEnv } });
        const browser = await openBrowser();
        try {
          const bookingId = await bookSoon(server);
          await untilReminderIs(`sqlite:${cwd}/data/booking.db`, bookingId, "failed");
          const context = await browser.newContext({ httpCredentials: { ...admin, send: "unauthorized" } });
          const page = await context.newPage();
          const { requested, complaints } = watch(page);
          await page.goto(`${server.url}/jobs/`);
          await page.getByText("The mail server refuses this mail for good (550).").waitFor();
          await keep(page, "jobs-ledger");
          await page.setViewportSize({ width: 390, height: 844 });
          await keep(page, "jobs-ledger-narrow");
          expect(await overflows(page)).toEqual([]);
          expect(requested.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"))).toEqual(
            [],
          );
          expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
        } finally {
          await browser.close();
          await stopServer(server);
          await sink.stop();
        }
      }),
    60_000,
  );
});
