/** The separators between the labels of a host: the dot, and characters that browsers accept for one. */
const dots = /(?<=\S)[.\u3002\uff0e\uff61\u2024](?=[\p{L}_-])/gu;
const ipAddress = /\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b/g;

/**
 * Text that somebody else chose, fit for a mail: one line of at most `most` characters that no mail program makes a link
 * of, and that reads as it was written. Schemes, hosts and addresses are set apart with brackets:
 * `https[:]//evil[.]example`, `ada[@]example[.]com`.
 */
export function inertText(text: string, most: number): string {
  const line = text
    // Directions, joiners and other characters that are not seen could hide what is behind them.
    .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, "")
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  const characters = Array.from(line);
  const short = characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : line;
  return short
    .replace(/([:\uff1a\ufe55])(?=[/\\\uff0f\u2215\u2044])/gu, "[$1]")
    .replace(/\b(mailto|tel|sms|callto|skype|data|javascript|geo|facetime|whatsapp):/giu, "$1[:]")
    .replace(/[@\uff20\ufe6b]/gu, "[@]")
    .replace(ipAddress, "$1[.]$2[.]$3[.]$4")
    .replace(dots, "[.]");
}
