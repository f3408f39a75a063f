import type { Page } from "playwright-core";

/** Widths of text as other fonts would set it, whatever fonts this machine has. */
const fonts = {
  "as it is": "",
  "narrow fonts": "* { letter-spacing: -0.05em !important }",
  "wide fonts": "* { letter-spacing: 0.12em !important }",
};
const widths = [360, 390, 1280];

/** Where a page is wider than its window, as "<window> px, <fonts>: <excess> px"; none where it fits. */
export async function overflows(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 });
    for (const [name, content] of Object.entries(fonts)) {
      const excess = Number(
        await page.evaluate(`{
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(${JSON.stringify(content)});
        document.adoptedStyleSheets = [sheet];
        document.documentElement.scrollWidth - document.documentElement.clientWidth;
      }`),
      );
      if (excess > 0) found.push(`${width} px, ${name}: ${excess} px`);
    }
  }
  return found;
}
