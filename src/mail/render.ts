import { Eta } from "eta";

const html = new Eta({ autoEscape: true });
const text = new Eta({ autoEscape: false, autoTrim: false });

/** Both forms of a mail from its templates; in HTML every value is escaped. */
export function render(
  templates: { text: string; html: string },
  values: object,
): { text: string; html: string } {
  return { text: text.renderString(templates.text, values), html: html.renderString(templates.html, values) };
}
