/**
 * Characters that leave no mark on their own: white space, controls, characters that Unicode lets renderers ignore
 * (zero width, soft hyphen, Hangul fillers, variation selectors, tags), and the few that have a blank glyph.
 */
const unseen =
  /[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffb\u{1d159}\u{13441}\u{13442}]/gu;

/** Whether a reader sees anything of a text. */
export function isVisible(text: string): boolean {
  return text.replace(unseen, "") !== "";
}

/** Characters that text may contain: no controls except tab and line ends, and no half characters. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/[^\P{Cc}\t\n\r\u0085]/u.test(text);
}

/** Whether no character of a text ends a line (UAX 14), and none is a tab. */
export function isOneLine(text: string): boolean {
  return !/[\t\n\r\u0085\u2028\u2029]/.test(text);
}
