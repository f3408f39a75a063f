import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { overflows } from "../support/page-widths.ts";
import { startServer, stopServer } from "../support/server.ts";

/** Set to keep what the page looked like. */
const screenshots = process.env.TEST_SCREENSHOTS;

describe.skipIf(!chromiumPath)("Swagger UI in Chromium, with no network but this machine", () => {
  test(
    "a person signs in, authorizes, books, and sees why the second booking is refused",
    () =>
      inEmptyFolder(async (cwd) => {
        const server = await startServer({ cwd });
        const browser = await openBrowser();
        try {
          const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
          const requested: string[] = [];
          const complaints: string[] = [];
          page.on("request", (request) => requested.push(request.url()));
          page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
          page.on("pageerror", (error) => complaints.push(error.message));

          await page.goto(`${server.url}/api/`);
          await execute(page, "register", 201);
          const signedIn = JSON.parse(await execute(page, "login", 200));
          await authorize(page, signedIn.accessToken);
          expect(JSON.parse(await execute(page, "createBooking", 201)).title).toBe("Design review");
          const refused = JSON.parse(await execute(page, "createBooking", 409));
          expect([refused.code, refused.conflicts.length, refused.alternatives.length]).toEqual([
            "slot_taken",
            1,
            3,
          ]);
          await keep(page, "wide");

          await page.reload();
          expect(JSON.parse(await execute(page, "getMe", 200)).email).toBe("ada@example.com");
          await page.setViewportSize({ width: 390, height: 844 });
          await keep(page, "narrow");
          expect(await overflows(page)).toEqual([]);

          await page.goto(`${server.url}/problems/slot_taken`);
          await keep(page, "problem");
          expect(await page.locator("h1").textContent()).toBe("The slot is taken");
          for (const path of ["/problems/slot_taken", "/problems/", "/account/reset-password"]) {
            await page.goto(`${server.url}${path}`);
            expect([path, ...(await overflows(page))]).toEqual([path]);
          }

          const outside = requested.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"));
          expect(outside).toEqual([]);
          // The browser reports the 409 itself as an error; nothing else may be one.
          expect(complaints.filter((text) => !text.includes("409"))).toEqual([]);
        } finally {
          await browser.close();
          await stopServer(server);
        }
      }),
    60_000,
  );
});

/** Opens an operation, presses Execute and returns the body of the answer. */
async function execute(page: Page, operationId: string, status: number): Promise<string> {
  const block = page.locator(`[id$="-${operationId}"]`);
  await block.waitFor();
  if (!(await block.getAttribute("class"))?.includes("is-open"))
    await block.locator(".opblock-summary-control").click();
  const clear = block.locator("button.btn-clear");
  if (await clear.count()) await clear.click();
  await block.locator("button.execute").click();
  const response = block.locator(".live-responses-table");
  await response.locator(`.response-col_status:has-text("${status}")`).first().waitFor();
  return (await response.locator(".highlight-code code, .microlight").first().textContent()) ?? "";
}

async function authorize(page: Page, token: string): Promise<void> {
  await page.locator(".auth-wrapper button.authorize").click();
  await page.locator("#auth-bearer-value").fill(token);
  const bearer = page.locator(".auth-container", { has: page.locator("#auth-bearer-value") });
  await bearer.locator("button.authorize").click();
  await page.locator(".auth-btn-wrapper button.btn-done").first().click();
}

async function keep(page: Page, name: string): Promise<void> {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}
