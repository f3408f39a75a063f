/** A place in the event log that clients keep: opaque to them, and validated when it comes back. */
export type Cursor = { position: string; time: Date };

/** As base64url without padding. Digits, spaces and colons encode to letters that base64 has in common with it. */
export function encodeCursor({ position, time }: Cursor): string {
  return btoa(`${time.getTime()} ${position}`).replaceAll("=", "");
}

/** Null for a text that can't be the cursor of any log. The store decides whether this log issued the position. */
export function decodeCursor(text: string): Cursor | null {
  const match = /^(\d{1,15}) (\d{1,20}(?::\d{1,20}:\d{1,20})?)$/.exec(fromBase64(text));
  if (!match?.[1] || !match[2]) return null;
  return { time: new Date(Number(match[1])), position: match[2] };
}

/** The empty text for what is not base64. */
function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
