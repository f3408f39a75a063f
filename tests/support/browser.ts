import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** A Chromium on this machine, if there is one. */
export const chromiumPath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  process.env.CHROMIUM_PATH,
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

/** Headless Chromium that can reach this machine and nothing else. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
  });
}
