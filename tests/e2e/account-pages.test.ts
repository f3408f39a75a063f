import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { callAs } from "../support/client.ts";
import { freePort } from "../support/cluster.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { startServer, stopServer } from "../support/server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";

/** Set to keep what the pages looked like. */
const screenshots = process.env.TEST_SCREENSHOTS;

async function keep(page: Page, name: string): Promise<void> {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}

describe.skipIf(!chromiumPath)("the pages behind the links in mails, in Chromium", () => {
  test(
    "confirm an address and set a new password; a link that was used says so",
    () =>
      inEmptyFolder(async (cwd) => {
        const [sink, port] = [await startSmtpSink(), await freePort()];
        const url = `http://localhost:${port}`;
        const env = { SMTP_URL: sink.url, PUBLIC_URL: `${url}/`, PORT: String(port) };
        const server = await startServer({ cwd, env });
        const browser = await openBrowser();
        try {
          const call = callAs((path, init) => fetch(`${url}${path}`, init));
          const account = { email: "ada@example.com", password: "password123" };
          await call("POST", "/api/auth/register", { ...account, name: "Ada" });
          const linkIn = async (subject: string) =>
            (await sink.next((mail) => mail.subject === subject)).text?.match(/http:\S+/)?.[0] ?? "";
          const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
          const complaints: string[] = [];
          page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
          page.on("pageerror", (error) => complaints.push(error.message));

          const confirm = await linkIn("Confirm your email address");
          expect(confirm).toStartWith(`${url}/account/verify-email#`);
          await page.goto(confirm);
          await keep(page, "account-verify");
          await page.getByRole("button").click();
          await page.getByText("Thank you: your address is confirmed.").waitFor();
          expect(page.url()).toBe(`${url}/account/verify-email`);
          expect(complaints).toEqual([]);
          await page.goto("about:blank");
          await page.goto(confirm);
          await page.getByRole("button").click();
          await page.getByText(/The link has been used.* To get one, sign in/).waitFor();
          await keep(page, "account-used");
          await page.goto("about:blank");
          await page.goto(`${url}/account/reset-password`);
          await page.getByText("Open the link from the mail.").waitFor();
          expect(await page.getByRole("button").isVisible()).toBe(false);

          await call("POST", "/api/auth/forgot-password", { email: account.email });
          await page.goto(await linkIn("Choose a new password"));
          await page.getByLabel("New password").fill("password456");
          await keep(page, "account-reset");
          await page.getByRole("button").click();
          await page.getByText("Your new password is set.").waitFor();
          const login = await call("POST", "/api/auth/login", { ...account, password: "password456" });
          expect([login.status, login.body.user.emailVerified]).toEqual([200, true]);
          // The browser reports the 400 of the used link itself as an error; nothing else may be one.
          expect(complaints.filter((text) => !text.includes("400"))).toEqual([]);
        } finally {
          await browser.close();
          await stopServer(server);
          await sink.stop();
        }
      }),
    60_000,
  );
});
